"""Image archives: what docker saves is read and checked; the sample image is the same bytes every time."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from slipway.artifacts.account import Account
from slipway.artifacts.image import require_runnable
from slipway.artifacts.image_archive import open_image_archive
from slipway.artifacts.limits import ArchiveRefused
from slipway.artifacts.sample_image import build_image_archive
from tests.artifacts.release_support import pushed

GOLDEN_LAYER = "sha256:b5f004c249b2302f6feb5a3d53df58b41cd8ac1370adba6dbe0224647eb4859f"


def test_a_sample_image_is_the_same_bytes_every_time(model: Path, tmp_path: Path) -> None:
    first, second = tmp_path / "1.tar", tmp_path / "2.tar"
    assert build_image_archive(model, first) == build_image_archive(model, second) == GOLDEN_LAYER
    assert first.read_bytes() == second.read_bytes()
    with open_image_archive(first) as one, open_image_archive(second) as two:
        assert one.digest == two.digest
    with tarfile.open(first) as archive:
        config = json.load(archive.extractfile(json.load(archive.extractfile("manifest.json"))[0]["Config"]))  # type: ignore[arg-type]
    assert config["config"]["Labels"]["slipway.image"] == "process"
    assert (config["os"], config["architecture"]) == ("linux", "amd64")


def saved(path: Path, *, compress: bool = False, **changes: Any) -> Path:
    """A `docker save` archive with two layers, as docker writes it, or broken by `changes`."""
    layers = []
    for text in (b"one", b"two"):
        out = io.BytesIO()
        with tarfile.open(fileobj=out, mode="w:gz" if compress else "w") as layer:
            info = tarfile.TarInfo("file")
            info.size = len(text)
            layer.addfile(info, io.BytesIO(text))
        layers.append(out.getvalue())
    diff_ids = ["sha256:" + hashlib.sha256(gzip.decompress(data) if compress else data).hexdigest() for data in layers]
    config = json.dumps(
        {"architecture": "amd64", "os": "linux", "rootfs": {"type": "layers", "diff_ids": changes.get("diff_ids", diff_ids)}}
    ).encode()
    listing = [{"Config": "config.json", "RepoTags": ["x:1"], "Layers": ["a/layer.tar", "b/layer.tar"]}] * changes.get("images", 1)
    files = {"config.json": config, "a/layer.tar": layers[0], "b/layer.tar": layers[1], "manifest.json": json.dumps(listing).encode()}
    for name in changes.get("without", []):
        del files[name]
    files.update(changes.get("files", {}))
    with tarfile.open(path, "w") as archive:
        for name, data in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return path


@pytest.mark.parametrize("compress", [False, True], ids=["tar layers", "gzip layers"])
def test_what_docker_saves_is_pushed(account: Callable[[str], Account], tmp_path: Path, compress: bool) -> None:
    dev = account("dev")
    sent = pushed(dev, saved(tmp_path / "d.tar", compress=compress))
    require_runnable(dev, sent, "amd64")
    assert len(sent.references) == 3


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"images": 2}, "exactly one image"),
        ({"images": 0}, "exactly one image"),
        ({"without": ["manifest.json"]}, "manifest.json is missing"),
        ({"without": ["config.json"]}, "config.json is missing"),
        ({"without": ["b/layer.tar"]}, "b/layer.tar is missing"),
        ({"diff_ids": ["sha256:" + "0" * 64] * 2}, "which its config names"),
        ({"diff_ids": []}, "names 0 layers"),
        ({"files": {"manifest.json": b"{"}}, "broken JSON"),
        ({"files": {"manifest.json": b" " * (5 * 1024 * 1024)}}, "larger than"),
    ],
)
def test_broken_image_archives(tmp_path: Path, changes: dict[str, Any], says: str) -> None:
    with pytest.raises(ArchiveRefused, match=says), open_image_archive(saved(tmp_path / "d.tar", **changes)):
        pass


def test_no_image_archive_at_all(tmp_path: Path) -> None:
    (tmp_path / "x.tar").write_bytes(b"noise" * 500)
    with pytest.raises(ArchiveRefused, match="not a readable image archive"), open_image_archive(tmp_path / "x.tar"):
        pass
