"""What a demo is played with, and its scratch project, so that it leaves the checkout as it was."""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from slipway.artifacts.account import Account
from slipway.artifacts.image_archive import open_image_archive
from slipway.artifacts.pack import Archive
from slipway.artifacts.sample_image import build_image_archive
from slipway.config.load import load_environment
from slipway.config.release import ArtifactPin, ImagePin, ModelRelease, ReleaseLock, save_lock
from slipway.containers.source import Folder
from slipway.errors import SlipwayError
from slipway.progress import Reporter
from slipway.training.job import TrainingResult
from slipway.training.metrics import printed
from slipway.training.run import run_local

MODEL = "wine"
CANDIDATE = "wine-candidate"
HYPERPARAMETERS: Mapping[str, Mapping[str, Any]] = {MODEL: {}, CANDIDATE: {"C": 0.05}}
"""Of each model: the candidate is regularized more strongly."""
METRICS = printed("accuracy")


@dataclass(frozen=True)
class Scene:
    """What a demo is played with.

    `overlay`, a file of the checkout, is put over the end of `environments/<environment>.yaml`, or is that file where there is none.
    `folder` is the scratch project below the checkout. AWS's waits pass `speed` times as fast.
    """

    environment: str
    overlay: str
    folder: str
    speed: float


MAIN = Scene("dev", "examples/wine/ab-test.yaml", ".slipway/demo", speed=30)
"""`make demo`: minutes of baking pass in seconds."""


@dataclass(frozen=True)
class Sample:
    """The trained models: archive and unpacked folder of each, the archive and digest of the image they run in, and how good they are."""

    archives: Mapping[str, Archive]
    folders: Mapping[str, Path]
    accuracies: Mapping[str, float]
    image: Path
    digest: str
    others: Mapping[str, tuple[Path, str]] = field(default_factory=dict)
    """Archive and digest of images that no model holds, by their key of `registries`."""


def scratch_project(root: Path, scene: Scene) -> Path:
    """A fresh copy of the environment files below the scene's folder, without what is released there."""
    scratch = root / scene.folder
    shutil.rmtree(scratch, ignore_errors=True)
    (scratch / "environments").mkdir(parents=True)
    for file in sorted((root / "environments").glob("*.yaml")):
        if not file.name.endswith(".lock.yaml"):
            shutil.copy(file, scratch / "environments")
    own = scratch / "environments" / f"{scene.environment}.yaml"
    before = own.read_text(encoding="utf-8") if own.exists() else ""
    own.write_text(before + (root / scene.overlay).read_text(encoding="utf-8"), encoding="utf-8")
    shutil.copytree(root / "examples", scratch / "examples", ignore=shutil.ignore_patterns("__pycache__"))
    # Tools that were fetched once serve the scratch project too.
    (root / ".tools").mkdir(exist_ok=True)
    (scratch / ".tools").symlink_to(root / ".tools", target_is_directory=True)
    return scratch


def train_and_pack(root: Path, scratch: Path, reporter: Reporter, models: Sequence[str] = tuple(HYPERPARAMETERS)) -> Sample:
    """Train the models in the training container, and build the archive of the image that serves them."""
    image = scratch / "image.tar"
    build_image_archive(root / "containers" / "inference", image)
    with open_image_archive(image) as saved:
        digest = saved.digest
    results = {model: _train(root, scratch / "training" / model, model, reporter) for model in models}
    archives = {model: result.model_archive for model, result in results.items() if result.model_archive}
    folders = {model: scratch / "training" / model / "opt" / "ml" / "model" for model in results}
    return Sample(archives, folders, {model: result.metrics["accuracy"] for model, result in results.items()}, image, digest)


def _train(root: Path, folder: Path, model: str, reporter: Reporter) -> TrainingResult:
    result = run_local(
        Folder(root / "containers" / "training"),
        root=folder,
        source_dir=root / "examples" / MODEL,
        program="train.py",
        hyperparameters=HYPERPARAMETERS[model],
        metrics=METRICS,
        job_name=model,
        reporter=reporter,
    )
    if result.model_archive is None:
        raise SlipwayError(f"training {model} failed: {result.failure}", fix=f"see {result.log}")
    return result


def pin(scratch: Path, repository: str, sample: Sample, environment: str) -> None:
    """Write the lock file that releasing these archives and this image will give: all are known by their content."""
    image = ImagePin(repository=repository, digest=sample.digest)
    entries = {}
    for model, archive in sample.archives.items():
        artifact = ArtifactPin(key=f"models/{model}/{archive.sha256}/model.tar.gz", sha256=archive.sha256, size=archive.size)
        entries[model] = ModelRelease(artifact=artifact, image=image)
    account = Account(load_environment(environment, scratch))
    others = {key: ImagePin(repository=account.repository(key), digest=other) for key, (_, other) in sample.others.items()}
    save_lock(environment, scratch, ReleaseLock(models=entries, images=others))
