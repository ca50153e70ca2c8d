"""A scratch project, so that a demo leaves the checkout as it was."""

from __future__ import annotations

import importlib.util
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from slipway.artifacts.image_archive import open_image_archive
from slipway.artifacts.pack import Archive, pack
from slipway.artifacts.sample_image import build_image_archive
from slipway.config.release import ArtifactPin, ImagePin, ModelRelease, ReleaseLock, save_lock
from slipway.errors import SlipwayError
from slipway.progress import Reporter

ENVIRONMENT = "dev"
MODEL = "wine"
FOLDER = Path(".slipway") / "demo"


@dataclass(frozen=True)
class Sample:
    """The trained sample model: its archive, the image archive and digest it runs in, and how good it is."""

    archive: Archive
    image: Path
    digest: str
    accuracy: float
    test_rows: int


def scratch_project(root: Path) -> Path:
    """A fresh copy of the environment files below `.slipway/demo/`, without what is released there."""
    scratch = root / FOLDER
    shutil.rmtree(scratch, ignore_errors=True)
    (scratch / "environments").mkdir(parents=True)
    for file in sorted((root / "environments").glob("*.yaml")):
        if not file.name.endswith(".lock.yaml"):
            shutil.copy(file, scratch / "environments")
    # Tools that were fetched once serve the scratch project too.
    (root / ".tools").mkdir(exist_ok=True)
    (scratch / ".tools").symlink_to(root / ".tools", target_is_directory=True)
    return scratch


def train_and_pack(root: Path, scratch: Path, reporter: Reporter) -> Sample:
    """Train the sample on its real data, pack it, and build the archive of the image it runs in."""
    example = root / "examples" / MODEL
    reporter.step("model", f"training {MODEL} on scikit-learn's wine data")
    result = _training(example / "train.py").train(scratch / "model")
    reporter.info("model", f"accuracy {result.accuracy:.3f} on {result.test_rows} wines it has not seen")
    archive = pack(result.folder, scratch / "model.tar.gz", reporter=reporter)
    image = scratch / "image.tar"
    build_image_archive(example / "code", image)
    with open_image_archive(image) as saved:
        digest = saved.digest
    return Sample(archive, image, digest, result.accuracy, result.test_rows)


def pin(scratch: Path, repository: str, sample: Sample, environment: str = ENVIRONMENT) -> None:
    """Write the lock file that releasing this archive and image will give: both are known by their content."""
    key = f"models/{MODEL}/{sample.archive.sha256}/model.tar.gz"
    artifact = ArtifactPin(key=key, sha256=sample.archive.sha256, size=sample.archive.size)
    image = ImagePin(repository=repository, digest=sample.digest)
    save_lock(environment, scratch, ReleaseLock(models={MODEL: ModelRelease(artifact=artifact, image=image)}))


def _training(path: Path) -> Any:
    spec = importlib.util.spec_from_file_location("slipway_sample_training", path)
    if spec is None or spec.loader is None:
        raise SlipwayError(f"{path} cannot be loaded", fix="restore it from git")
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # dataclasses look their module up by name
    spec.loader.exec_module(module)
    return module
