"""The wine pipeline of examples/wine in the real training container, and the package that it registers."""

from __future__ import annotations

import json
import re
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from slipway.config.load import load_environment
from slipway.progress import Silent
from slipway.training.executions import Execution, Pipeline
from slipway.training.follow import follow
from slipway.training.keep import keep
from slipway.training.registry import decide, model_versions
from slipway.training.temporary import temporary_pipeline
from tests.conftest import ROOT


class Trained(NamedTuple):
    """A pipeline that ran once, and what was kept of it."""

    pipeline: Pipeline
    execution: Execution
    kept: Path
    root: Path


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Trained]:
    root = tmp_path_factory.mktemp("wine")
    (root / "environments").mkdir()
    (root / "examples").symlink_to(ROOT / "examples")
    for name in ("_defaults.yaml", "dev.lock.yaml"):
        (root / "environments" / name).write_text((ROOT / "environments" / name).read_text())
    block = (ROOT / "examples/wine/training.yaml").read_text().partition("training:\n  pipelines:")[2]
    dev = (ROOT / "environments/dev.yaml").read_text().replace("registries:\n", "registries:\n  training: {}\n")
    (root / "environments/dev.yaml").write_text(f"{dev}\ntraining:\n  pipelines:{block}")
    with temporary_pipeline(load_environment("dev", root), "wine", root, Silent()) as pipeline:
        execution = follow(pipeline, pipeline.start({}), Silent())
        yield Trained(pipeline, execution, keep(pipeline, execution, root), root)


def test_every_step_succeeds_and_the_model_is_complete(trained: Trained):
    assert trained.execution.status == "Succeeded", trained.execution
    assert [step.name for step in trained.execution.steps] == ["Prepare", "Train", "Evaluate", "CheckMetric", "Register"]
    train = trained.execution.steps[1]
    assert train.metrics["accuracy"] == pytest.approx(0.963, abs=0.001)
    (model,) = trained.kept.glob("files/Train/*/output/model.tar.gz")
    with tarfile.open(model) as archive:
        assert {"model.skops", "slipway.json", "code/inference.py"} <= set(archive.getnames())


def test_the_package_says_what_was_measured(trained: Trained):
    (wine,) = model_versions(trained.pipeline.account, trained.root)
    (package,) = wine.packages
    assert (package.arn, package.approval) == (trained.execution.package_arn, "PendingManualApproval")
    accuracy = package.metrics["multiclass_classification_metrics.accuracy"]
    report = json.loads((trained.kept / "files/Evaluate/evaluation/evaluation.json").read_text())
    assert accuracy == report["multiclass_classification_metrics"]["accuracy"]["value"] >= 0.95
    assert re.fullmatch(r".*/slipway-dev-inference@sha256:[0-9a-f]{64}", package.image)
    assert decide(trained.pipeline.account, "wine/1", "Approved", "good").approval == "Approved"
