"""`slipway image ensure`: one image for one content, built when ECR lacks it and never again."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from slipway.artifacts.account import Account
from slipway.artifacts.image import find_image
from slipway.artifacts.image_ensure import content_of, ensure_image
from slipway.artifacts.sample_image import build_image_archive
from slipway.config.release import load_lock, save_lock
from slipway.errors import InputError, SlipwayError
from tests.artifacts.release_support import run

ROOT = Path(__file__).resolve().parents[2]
CONTENT = "c" * 64


@pytest.fixture
def dev(account: Callable[[str], Account]) -> Account:
    return account("dev")


class Builder:
    """Builds the process image of a folder, and counts."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.built = folder, 0

    def __call__(self, archive: Path, architecture: str) -> None:
        assert architecture == "amd64"
        self.built += 1
        build_image_archive(self.folder, archive)


def test_the_second_time_nothing_is_built(dev: Account, root: Path, model: Path) -> None:
    builder = Builder(model)
    first = ensure_image(dev, root, "wine", CONTENT, builder)
    assert (first.changed, builder.built) == (True, 1)
    pin = load_lock("dev", root).models["wine"].image
    assert find_image(dev, pin.repository, f"build-{CONTENT[:12]}").digest == pin.digest
    again = ensure_image(dev, root, "wine", CONTENT, builder)
    assert (again.changed, builder.built) == (False, 1)
    (model / "weights.bin").write_bytes(b"another")
    assert ensure_image(dev, root, "wine", "d" * 64, builder).changed and builder.built == 2
    assert load_lock("dev", root).models["wine"].image.digest != pin.digest


def test_the_released_data_stays(dev: Account, root: Path, model: Path, image: Path) -> None:
    artifact = run(dev, root, model, image).models["wine"].artifact
    (model / "weights.bin").write_bytes(b"another")
    ensure_image(dev, root, "wine", CONTENT, Builder(model))
    assert load_lock("dev", root).models["wine"].artifact == artifact is not None


def test_a_model_of_a_package_keeps_the_packages_image(dev: Account, root: Path, model: Path, image: Path) -> None:
    run(dev, root, model, image)
    lock = load_lock("dev", root)
    package = "arn:aws:sagemaker:eu-west-1:111111111111:model-package/slipway-dev-wine/7"
    entry = lock.models["wine"].model_copy(update={"model_package_arn": package})
    save_lock("dev", root, lock.model_copy(update={"models": {"wine": entry}}))
    builder = Builder(model)
    assert not ensure_image(dev, root, "wine", CONTENT, builder).changed
    assert builder.built == 0 and load_lock("dev", root).models["wine"] == entry


def test_each_container_of_a_pipeline_gets_it(dev: Account, root: Path, model: Path) -> None:
    builder = Builder(model)
    ensure_image(dev, root, "chain", CONTENT, builder)
    pins = {key: entry.image for key, entry in load_lock("dev", root).models.items()}
    assert set(pins) == {"chain/prepare", "chain/score"} and len(set(map(str, pins.values()))) == 1 == builder.built


def test_what_cannot_be_is_refused(dev: Account, root: Path, model: Path) -> None:
    with pytest.raises(InputError, match="no model 'beer'"):
        ensure_image(dev, root, "beer", CONTENT, Builder(model))
    dev.client("ecr").delete_repository(repositoryName="slipway-dev-inference", force=True)
    with pytest.raises(SlipwayError, match="cannot look up slipway-dev-inference:build-cccccccccccc"):
        ensure_image(dev, root, "wine", CONTENT, Builder(model))
    assert not (root / "environments" / "dev.lock.yaml").exists()


def test_content_is_names_bytes_and_who_may_run_them(tmp_path: Path) -> None:
    folder = tmp_path / "house"
    (folder / "serving").mkdir(parents=True)
    (folder / "serve.py").write_text("1")
    (folder / "serving" / "a.py").write_text("2")
    before = content_of(folder)
    assert before == content_of(folder) != content_of(folder, kind="process")
    (folder / "__pycache__").mkdir()
    (folder / "__pycache__" / "serve.pyc").write_text("x")
    assert content_of(folder) == before
    (folder / "serve.py").chmod(0o755)
    executable = content_of(folder)
    (folder / "serve.py").rename(folder / "other.py")
    renamed = content_of(folder)
    (tmp_path / "requirements.txt").write_text("numpy")
    assert len({before, executable, renamed, content_of(folder, tmp_path / "requirements.txt")}) == 4


def test_the_command_pins_what_the_folder_holds(
    root: Path, model: Path, url: str, account: Callable[[str], Account], tmp_path: Path
) -> None:
    account("dev")
    house = tmp_path / "house"
    house.mkdir()
    (house / "Dockerfile").write_text('FROM python:3.11\nCOPY x.py /opt/program/\nENTRYPOINT ["python", "/opt/program/x.py"]\n')
    (house / "x.py").write_text("")
    (tmp_path / "nothing").mkdir()
    own = {"SLIPWAY_ROOT": str(root), "PYTHONPATH": str(ROOT), "PATH": str(tmp_path / "nothing"), "SLIPWAY_LOCAL": url}

    def slipway(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "slipway", "image", "ensure", *arguments, "--local", "--json"]
        return subprocess.run(command, cwd=root, env={**os.environ, **own}, capture_output=True, text=True)

    done = slipway("dev", "wine", "--folder", str(house))
    assert done.returncode == 0, done.stderr
    pinned = json.loads(done.stdout)["models"]["wine"]["image"]
    assert load_lock("dev", root).models["wine"].image.digest == pinned["digest"]
    assert slipway("dev", "wine", "--folder", str(tmp_path / "nothing")).returncode == 2
