"""`slipway train --local` in a local AWS of its own: nothing is deployed, and nothing stays but the results."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from slipway.localaws.hosting import containers
from slipway.localaws.jobs import live
from tests.cli.support import Slipway
from tests.training.project import Interrupting, make_project, read


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_project(tmp_path_factory.mktemp("project"))


@pytest.fixture(autouse=True)
def _there(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SLIPWAY_ROOT", str(project))


def test_a_good_model_is_registered_and_the_results_stay(slipway: Slipway, project: Path) -> None:
    done = slipway("train", "dev", "--local", "--json")
    found = json.loads(done.out)
    assert (done.code, found["status"], found["environment"], found["pipeline"]) == (0, "Succeeded", "dev", "wine"), done
    assert [(step["name"], step["status"]) for step in found["steps"]] == [
        (name, "Succeeded") for name in ("Train", "Evaluate", "CheckMetric", "Register")
    ]
    assert found["steps"][0]["metrics"] == {"accuracy": 0.9} and found["package_arn"].endswith(":model-package/slipway-dev-wine/1")
    assert "Train Training succeeded" in done.err and "accuracy 0.9" in done.err
    kept = Path(found["kept"])
    assert kept == project / ".slipway" / "training" / found["id"]
    assert read(kept / "package.json")["ModelApprovalStatus"] == "PendingManualApproval"
    assert read(kept / "files/Evaluate/evaluation/evaluation.json")["rows"] == 3
    assert len(list(kept.glob("files/Train/*/output/model.tar.gz"))) == 1
    assert (kept / "logs/Train.log").read_text() == "accuracy=0.9;\n"
    assert read(kept / "definition.json")["Version"] == "2020-12-01"
    _nothing_temporary(project)


def test_a_model_below_the_threshold_registers_nothing(slipway: Slipway, project: Path) -> None:
    done = slipway("train", "dev", "wine", "--local", "-p", "Quality=0.5")
    assert done.code == 0 and "registered nothing" in done.out and "registered arn" not in done.out
    (kept,) = (Path(line.removeprefix("results in ")) for line in done.out.splitlines() if line.startswith("results in"))
    assert not (kept / "package.json").exists() and read(kept / "execution.json")["package_arn"] == ""
    _nothing_temporary(project)


def test_ctrl_c_ends_everything(slipway: Slipway, project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("slipway.training.follow.time", Interrupting())
    assert slipway("train", "dev", "--local").code == 130
    _nothing_temporary(project)


def test_a_failure_is_exit_code_1_with_the_end_of_the_log(slipway: Slipway, project: Path) -> None:
    done = slipway("train", "dev", "--local", "-p", "Quality=broken")
    assert done.code == 1 and "AlgorithmError" in done.err and "| no wine today" in done.err
    assert ": Failed after" in done.out and "Step failure" in done.out
    _nothing_temporary(project)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("-p", "Quality"), "not NAME=VALUE"),
        (("-p", "Quality=1", "-p", "Quality=2"), "is given twice"),
        (("--follow", "last", "--stop", "last"), "do not go together"),
        (("--retry", "last", "-p", "Quality=1"), "belongs to a new execution"),
        (("--follow", "last", "--detach"), "belongs to a new execution"),
        (("vine", "--local"), "did you mean wine?"),
    ],
)
def test_options_that_make_no_sense(slipway: Slipway, options: tuple[str, ...], said: str) -> None:
    done = slipway("train", "dev", *options)
    assert done.code == 2 and said in done.err


def _nothing_temporary(project: Path) -> None:
    """No container, no thread, no folder of a job, no server record."""
    assert containers.count() == 0 and live.running() == 0
    assert not list((project / ".slipway").glob("local/hosting/[0-9]*"))
    assert not (project / ".slipway/local/server.json").exists()
