"""Models fetched from S3: what is refused, and what is left when it is."""

from __future__ import annotations

import io
import tarfile
from pathlib import Path

import pytest


def archive(path: Path, *members: tuple[str, bytes], link: str = "") -> Path:
    with tarfile.open(path, "w:gz") as tar:
        for name, data in members:
            info = tarfile.TarInfo(name)
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))
        if link:
            info = tarfile.TarInfo("link")
            info.type, info.linkname = tarfile.SYMTYPE, link
            tar.addfile(info)
    return path


def test_an_archive_becomes_the_model_folder(tmp_path: Path) -> None:
    from serving.fetch import _unpack

    (tmp_path / "model").mkdir()
    (tmp_path / "model" / "old").touch()
    _unpack(archive(tmp_path / "a", ("code/inference.py", b"1"), ("model.skops", b"2")), tmp_path / "model")
    assert sorted(path.name for path in (tmp_path / "model").rglob("*")) == ["code", "inference.py", "model.skops"]


@pytest.mark.parametrize(
    ("name", "link"), [("../escape", ""), ("model.skops", "/etc/passwd"), ("model.skops", "../..")], ids=["parent", "absolute", "relative"]
)
def test_nothing_outside_of_the_folder(tmp_path: Path, name: str, link: str) -> None:
    from serving.fetch import _unpack
    from serving.manifest import ModelProblem

    (tmp_path / "base").mkdir()
    with pytest.raises(ModelProblem, match="refused"):
        _unpack(archive(tmp_path / "a", (name, b"1"), link=link), tmp_path / "base" / "model")
    assert list((tmp_path / "base").iterdir()) == []
    assert not (tmp_path / "escape").exists()


def test_a_broken_archive(tmp_path: Path) -> None:
    from serving.fetch import _unpack
    from serving.manifest import ModelProblem

    whole = archive(tmp_path / "a", ("model.skops", b"2" * 100_000)).read_bytes()
    for data in (b"no archive", whole[:-60]):
        (tmp_path / "b").write_bytes(data)
        with pytest.raises(ModelProblem):
            _unpack(tmp_path / "b", tmp_path / "model")
        assert not (tmp_path / "model").exists()


def test_settings_of_a_fetched_model() -> None:
    from settings import SettingError, from_environment

    url, digest = "s3://models/wine/model.tar.gz", "0" * 64
    found = from_environment({"SLIPWAY_MODEL_URL": url, "SLIPWAY_MODEL_SHA256": digest, "TMPDIR": "/tmp"})
    assert str(found.model_dir) == "/tmp/ml/model"
    assert str(from_environment({"SLIPWAY_MODEL_URL": url, "SLIPWAY_MODEL_SHA256": digest, "SAGEMAKER_BASE_DIR": "/x"}).base_dir) == "/x"
    for wrong in (
        {"SLIPWAY_MODEL_URL": url},
        {"SLIPWAY_MODEL_URL": "https://x/y", "SLIPWAY_MODEL_SHA256": digest},
        {"SLIPWAY_MODEL_URL": "s3://models/prefix/", "SLIPWAY_MODEL_SHA256": digest},
        {"SLIPWAY_MODEL_URL": url, "SLIPWAY_MODEL_SHA256": "1"},
        {"SLIPWAY_MODEL_URL": url, "SLIPWAY_MODEL_SHA256": digest, "SAGEMAKER_MULTI_MODEL": "true"},
    ):
        with pytest.raises(SettingError):
            from_environment(wrong)
