"""`release`: everything first, the lock file last."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from slipway.artifacts import release as release_module
from slipway.artifacts.account import Account
from slipway.artifacts.limits import ArchiveRefused
from slipway.artifacts.objects import read_sha256
from slipway.artifacts.pack import pack
from slipway.artifacts.release import release
from slipway.artifacts.sample_image import build_image_archive
from slipway.config.release import load_lock
from slipway.errors import InputError, SlipwayError
from tests.artifacts.release_support import drop_artifacts, lock_text, run


@pytest.fixture
def dev(account: Callable[[str], Account]) -> Account:
    return account("dev")


def test_a_release_pins_what_is_there(dev: Account, root: Path, model: Path, image: Path) -> None:
    done = run(dev, root, model, image)
    entry = load_lock("dev", root).models["wine"]
    assert done.changed and done.models == {"wine": entry}
    assert entry.artifact is not None
    assert read_sha256(dev.client("s3"), dev.models_bucket, entry.artifact.key) == entry.artifact.sha256
    assert entry.image.repository == "slipway-dev-inference"
    before = lock_text(root)
    assert not run(dev, root, model, image).changed
    assert lock_text(root) == before


def test_a_tag_a_digest_or_nothing_names_the_released_image(dev: Account, root: Path, model: Path, image: Path) -> None:
    digest = run(dev, root, model, image).models["wine"].image.digest
    for name in (f"build-{digest[7:19]}", f"release-{digest[7:19]}", digest, None):
        assert not release(dev, root, ["wine"], source=model, image=name).changed


def test_an_archive_as_source_keeps_its_bytes(dev: Account, root: Path, model: Path, image: Path, tmp_path: Path) -> None:
    archive = pack(model, tmp_path / "m.tar.gz")
    assert run(dev, root, model, image, source=archive.path).models["wine"].artifact.sha256 == archive.sha256
    assert not run(dev, root, model, image).changed


def test_the_default_source_and_no_source_at_all(dev: Account, root: Path, model: Path, image: Path) -> None:
    with pytest.raises(InputError, match="no model data") as missing:
        run(dev, root, model, image, source=None)
    assert "--source" in missing.value.fix
    (root / "examples" / "wine").mkdir(parents=True)
    model.rename(root / "examples" / "wine" / "model")
    first = run(dev, root, model, image, source=None).models["wine"]
    (root / "examples" / "wine" / "model").rename(model)
    assert run(dev, root, model, image, source=None).models["wine"] == first
    dev.client("s3").delete_object(Bucket=dev.models_bucket, Key=first.artifact.key)
    with pytest.raises(SlipwayError, match="is missing"):
        run(dev, root, model, image, source=None)


def test_every_kind_of_model(dev: Account, root: Path, model: Path, image: Path) -> None:
    assert run(dev, root, model, image, "weights", source=None).models["weights"].artifact is None
    prefix = run(dev, root, model, image, "large").models["large"].artifact
    assert prefix.key == f"models/large/{prefix.sha256}/"
    assert not release(dev, root, ["large"]).changed
    steps = {name: run(dev, root, model, image, name).models[name] for name in ("chain/prepare", "chain/score")}
    assert steps["chain/score"].artifact.key.startswith("models/chain/score/")
    assert set(load_lock("dev", root).models) == {"weights", "large", *steps}


def test_comments_and_other_entries_of_the_lock_survive(dev: Account, root: Path, model: Path, image: Path) -> None:
    run(dev, root, model, image, "weights", source=None)
    path = root / "environments" / "dev.lock.yaml"
    path.write_text(path.read_text().replace("models:", "# frozen for the audit, ask Ada\nmodels:"))
    run(dev, root, model, image)
    assert "# frozen for the audit, ask Ada" in path.read_text()
    assert set(load_lock("dev", root).models) == {"weights", "wine"}


def _no_bucket(dev: Account, **_: Any) -> dict[str, Any]:
    drop_artifacts(dev)
    dev.client("s3").delete_bucket(Bucket=dev.models_bucket)
    return {}


def _arm(tmp_path: Path, model: Path, **_: Any) -> dict[str, Any]:
    build_image_archive(model, tmp_path / "arm.tar", architecture="arm64")
    return {"image": str(tmp_path / "arm.tar")}


def _foreign(dev: Account, **_: Any) -> dict[str, Any]:
    import boto3

    dev.__dict__["_session"] = boto3.Session("222222222222", "x", region_name="eu-west-1")
    dev.__dict__["_clients"] = {}
    return {}


def _pickle(model: Path, **_: Any) -> dict[str, Any]:
    (model / "x.pkl").write_text("x")
    return {}


FAILURES: dict[str, tuple[Callable[..., dict[str, Any]], type[SlipwayError], str]] = {
    "no bucket": (_no_bucket, SlipwayError, "NoSuchBucket"),
    "wrong architecture": (_arm, SlipwayError, "linux/arm64"),
    "no such tag": (lambda **_: {"image": "v9"}, SlipwayError, "no image v9"),
    "no such image file": (lambda **_: {"image": "out/image.tar"}, InputError, "no such file"),
    "other account": (_foreign, InputError, "these credentials are for 222222222222"),
    "no such model": (lambda **_: {"name": "beer"}, InputError, "no model 'beer'"),
    "no such source": (lambda **_: {"source": Path("nowhere")}, InputError, "no such file or folder"),
    "source of two": (lambda **_: {"name": "chain"}, InputError, "--source fits one model"),
    "source without data": (lambda **_: {"name": "weights"}, InputError, "takes no model data"),
    "unsafe source": (_pickle, ArchiveRefused, "is a pickle"),
    "file for a prefix": (lambda image, **_: {"name": "large", "source": image}, ArchiveRefused, "uncompressed"),
    "no archive": (lambda image, **_: {"source": image}, ArchiveRefused, "not a gzip file"),
    "first release without image": (lambda **_: {"image": None}, InputError, "no released image yet"),
}


@pytest.mark.parametrize("case", FAILURES)
def test_whatever_fails_the_lock_file_stays(dev: Account, root: Path, model: Path, image: Path, tmp_path: Path, case: str) -> None:
    plant, kind, says = FAILURES[case]
    run(dev, root, model, image, "chain/prepare")
    before = lock_text(root)
    changes = plant(dev=dev, model=model, image=image, tmp_path=tmp_path)
    with pytest.raises(kind, match=says) as refused:
        run(dev, root, model, image, **changes)
    assert refused.value.fix
    assert lock_text(root) == before
    assert sorted(path.name for path in (root / "environments").iterdir()) == ["dev.lock.yaml", "dev.yaml", "prod.yaml", "staging.yaml"]


def test_a_reader_never_sees_half_a_lock(dev: Account, root: Path, model: Path, image: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Killed before the replacing rename: the old file is whole."""
    run(dev, root, model, image, "weights", source=None)
    before = lock_text(root)
    monkeypatch.setattr(Path, "replace", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt()))
    with pytest.raises(KeyboardInterrupt):
        release_module.record("dev", root, {"wine": load_lock("dev", root).models["weights"]}, release_module.Silent())
    assert lock_text(root) == before
