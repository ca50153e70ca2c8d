"""Our own containers keep every clause: the sample model, a slow model that runs into the time limit, and real training."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from slipway.contract.order import Order
from slipway.contract.report import Report
from slipway.progress import Silent
from tests.contract.support import HERE

pytestmark = pytest.mark.faults
ROOT = HERE.parents[1]
SLOW = HERE / "slow_model"


def broken(report: Report) -> list[str]:
    """What each broken clause measured."""
    return [f"{result.clause.id}: {result.outcome.measured}" for result in report.results if result.outcome.verdict == "fail"]


def inapplicable(report: Report) -> set[str]:
    return {result.clause.id for result in report.results if result.outcome.verdict == "not applicable"}


@pytest.fixture(scope="module")
def wine(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wine") / "model"
    subprocess.run([sys.executable, "examples/wine/train.py", str(folder)], cwd=ROOT, check=True, capture_output=True)
    return folder


def test_the_inference_container_with_the_sample(wine: Path) -> None:
    report = Order(str(ROOT / "containers" / "inference"), model=wine, cases=ROOT / "examples" / "wine" / "cases.yaml").run(Silent())
    assert broken(report) == []
    assert inapplicable(report) == {"SM-INVOKE-06"}


def test_the_inference_container_with_a_slow_model() -> None:
    given = {"SAGEMAKER_MODEL_SERVER_WORKERS": "4"}
    clauses = ("SM-PING-03", "SM-INVOKE-06", "SM-STOP")
    report = Order(
        str(ROOT / "containers" / "inference"), model=SLOW, cases=SLOW / "cases.yaml", time_limit=2.0, variables=given, only=clauses
    ).run(Silent())
    assert broken(report) == [] and inapplicable(report) == set()


def test_the_training_container_with_the_sample(tmp_path: Path) -> None:
    (tmp_path / "given.json").write_text(json.dumps({"sagemaker_submit_directory": "/opt/ml/input/data/code", "C": 1.0}))
    report = Order(
        str(ROOT / "containers" / "training"),
        training=True,
        hyperparameters=tmp_path / "given.json",
        channels={"code": ROOT / "examples" / "wine"},
        metrics={"accuracy": r"accuracy=([0-9.]+);", "log_loss": r"log_loss=([0-9.]+);"},
    ).run(Silent())
    assert broken(report) == [] and inapplicable(report) == set()
