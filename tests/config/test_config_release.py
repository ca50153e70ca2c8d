"""Release locks: read strictly, written without losing a comment."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from slipway.config.problems import ConfigErrors
from slipway.config.release import ArtifactPin, ImagePin, ModelRelease, ReleaseLock, load_lock, save_lock
from slipway.errors import InputError
from tests.config.support import HEADER, project, snapshot

A, B = "a" * 64, "b" * 64
ARTIFACT = ArtifactPin(key=f"models/wine/{A}/model.tar.gz", sha256=A, size=1234)
WINE = ModelRelease(artifact=ARTIFACT, image=ImagePin(repository="acme-dev-inference", digest=f"sha256:{A}"))
NEWER = ModelRelease(artifact=ARTIFACT, image=ImagePin(repository="acme-dev-inference", digest=f"sha256:{B}"))
BARE = ModelRelease(image=ImagePin(repository="123456789012.dkr.ecr.eu-west-1.amazonaws.com/team/serve", digest=f"sha256:{B}"))


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return project(tmp_path, dev=HEADER)


def lock_file(root: Path) -> Path:
    return root / "environments" / "dev.lock.yaml"


def test_no_lock_means_nothing_released(root: Path) -> None:
    assert load_lock("dev", root) == ReleaseLock()
    assert not lock_file(root).exists()


def test_what_is_saved_is_loaded(root: Path) -> None:
    lock = ReleaseLock(models={"wine": WINE, "chain/first": BARE})
    assert save_lock("dev", root, lock)
    assert load_lock("dev", root) == lock
    assert lock_file(root).read_text() == (
        "# What is released here. Written by `slipway release` and `slipway promote`; review it, do not edit it.\n"
        "version: 1\nmodels:\n"
        f"  chain/first:\n    image:\n      repository: {BARE.image.repository}\n      digest: sha256:{B}\n"
        f"  wine:\n    artifact:\n      key: {ARTIFACT.key}\n      sha256: {A}\n      size: 1234\n"
        f"    image:\n      repository: acme-dev-inference\n      digest: sha256:{A}\n"
    )


def test_images_that_no_model_holds_are_kept_beside_the_models(root: Path) -> None:
    lock = ReleaseLock(models={"wine": WINE}, images={"training": BARE.image})
    assert save_lock("dev", root, lock) and load_lock("dev", root) == lock
    assert lock_file(root).read_text().endswith(f"images:\n  training:\n    repository: {BARE.image.repository}\n    digest: sha256:{B}\n")
    assert save_lock("dev", root, ReleaseLock(models={"wine": WINE}))
    assert "images" not in lock_file(root).read_text()


def test_saving_the_same_again_touches_nothing(root: Path) -> None:
    lock = ReleaseLock(models={"wine": WINE})
    save_lock("dev", root, lock)
    before = lock_file(root).stat()
    assert not save_lock("dev", root, lock)
    assert lock_file(root).stat().st_mtime_ns == before.st_mtime_ns
    assert lock_file(root).stat().st_ino == before.st_ino


def test_comments_and_order_survive(root: Path) -> None:
    save_lock("dev", root, ReleaseLock(models={"wine": WINE, "zeta": BARE}))
    text = lock_file(root).read_text().replace("  zeta:", "  # held back until March\n  zeta:")
    text = text.replace(f"digest: sha256:{A}", f"digest: sha256:{A} # build 17")
    lock_file(root).write_text(text)
    save_lock("dev", root, ReleaseLock(models={"wine": NEWER, "zeta": BARE, "alpha": BARE}))
    after = lock_file(root).read_text()
    assert "  # held back until March\n  zeta:" in after
    assert "# What is released here." in after
    assert f"digest: sha256:{B} # build 17" in after
    assert load_lock("dev", root).models == {"wine": NEWER, "zeta": BARE, "alpha": BARE}
    save_lock("dev", root, ReleaseLock(models={"zeta": BARE}))
    assert "wine" not in lock_file(root).read_text()


def test_nothing_is_left_beside_the_lock(root: Path) -> None:
    save_lock("dev", root, ReleaseLock(models={"wine": WINE}))
    assert sorted(p.name for p in lock_file(root).parent.iterdir()) == ["_defaults.yaml", "dev.lock.yaml", "dev.yaml"]
    assert lock_file(root).stat().st_mode & 0o777 == 0o644


LOCK = f"models:\n  wine:\n    image: {{ repository: x-y, digest: sha256:{A} }}\n"


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "1:1 the file is empty"),
        ("version: 2\nmodels: {}\n", "1:10 version: must be at most 1, got the number 2"),
        ("models: { wine: {} }\n", "1:11 models.wine.image: missing; this option is required"),
        (LOCK.replace("digest", "digset"), "3:31 models.wine.image.digset: unknown option; did you mean digest?"),
        (LOCK.replace("sha256:a", "sha256:A"), "3:39 models.wine.image.digest: "),
        (LOCK.replace("sha256:a", "md5:"), "3:39 models.wine.image.digest: "),
        (LOCK.replace("x-y", '"${x}"'), "'${' is not allowed: Terraform would evaluate it"),
        (LOCK + f"    artifact: {{ key: ../x, sha256: {A}, size: 1 }}\n", "4:22 models.wine.artifact.key: "),
        (LOCK + f"    artifact: {{ key: models/../x, sha256: {A}, size: 1 }}\n", "4:22 models.wine.artifact.key: an artifact's key has"),
        (LOCK + f"    artifact: {{ key: x, sha256: {A}, size: -1 }}\n", "models.wine.artifact.size: must be at least 0, got the number -1"),
        (LOCK.replace("wine", "a/b/c"), '2:3 models["a/b/c"]: as a name'),
        (LOCK + LOCK, "4:1 models: duplicate key; first given in line 1"),
        ("<<<<<<< ours\nversion: 1\n", "dev.lock.yaml:"),
    ],
)
def test_a_broken_lock_is_refused_with_its_place(text: str, problem: str, root: Path) -> None:
    lock_file(root).write_text(text)
    before = snapshot(root)
    with pytest.raises(ConfigErrors) as raised:
        load_lock("dev", root)
    assert any(problem in str(p) and str(p).startswith("environments/dev.lock.yaml:") for p in raised.value.problems), raised.value.message
    with pytest.raises(ConfigErrors):
        save_lock("dev", root, ReleaseLock(models={"wine": WINE}))
    assert snapshot(root) == before


def test_only_for_environments_that_exist(root: Path) -> None:
    with pytest.raises(InputError, match="no environment 'prod'"):
        load_lock("prod", root)
    with pytest.raises(InputError, match="no environment"):
        save_lock("../evil", root, ReleaseLock())


def test_pins_are_exact() -> None:
    for repository in ("", "UPPER", "a:latest", "a@sha256:b", "a//b", "${x}"):
        with pytest.raises(ValidationError):
            ImagePin(repository=repository, digest=f"sha256:{A}")
