"""A job on this machine, by real containers: ours with the sample, and small ones of other people."""

from __future__ import annotations

import subprocess
import sys
import tarfile
import threading
import time
from pathlib import Path

import pytest

from slipway.artifacts.pack import pack
from slipway.containers.source import Folder
from slipway.training.job import TrainingResult
from slipway.training.metrics import printed
from slipway.training.run import run_local
from tests.conftest import ROOT

TRAINING = Folder(ROOT / "containers" / "training")
SAVES = "import os, pathlib\npathlib.Path(os.environ['SM_MODEL_DIR'], 'model.txt').write_text('weights')\n"


class Lines:
    """A reporter that keeps what it is told."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def step(self, scope: str, text: str) -> None:
        self.lines.append(text)

    info = waiting = step


def train(root: Path, program: str, **options: object) -> TrainingResult:
    """One job of `containers/training` with the text of its program."""
    folder = root.parent / "source"
    folder.mkdir(exist_ok=True)
    (folder / "train.py").write_text(program)
    return run_local(TRAINING, root=root, source_dir=folder, **options)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def wine(tmp_path_factory: pytest.TempPathFactory) -> tuple[TrainingResult, Lines]:
    reporter = Lines()
    wanted = printed("accuracy", "log_loss", "fold_accuracy", "cv_accuracy")
    given = {"C": 1.0, "max-iter": 1000, "folds": 5}
    root = tmp_path_factory.mktemp("wine")
    return (
        run_local(
            TRAINING,
            root=root,
            source_dir=ROOT / "examples" / "wine",
            hyperparameters=given,
            metrics=wanted,
            job_name="wine-1",
            reporter=reporter,
        ),
        reporter,
    )


def test_the_sample_trains_to_the_archive_of_the_direct_training(wine: tuple[TrainingResult, Lines], tmp_path: Path):
    result, _ = wine
    subprocess.run([sys.executable, ROOT / "examples" / "wine" / "train.py", tmp_path / "model"], check=True, capture_output=True)
    direct = pack(tmp_path / "model", tmp_path / "model.tar.gz")
    assert (result.status, result.exit_code, result.failure) == ("Completed", 0, "")
    assert result.model_archive is not None and result.model_archive.sha256 == direct.sha256


def test_its_metrics_and_its_log(wine: tuple[TrainingResult, Lines]):
    result, reporter = wine
    assert result.metrics["accuracy"] == pytest.approx(0.963, abs=0.001)
    assert result.metrics["log_loss"] == pytest.approx(0.115, abs=0.001)
    assert len(result.series["fold_accuracy"]) == 5
    assert result.metrics["cv_accuracy"] == pytest.approx(sum(result.series["fold_accuracy"]) / 5, abs=0.0001)
    assert any("job wine-1 on algo-1" in line for line in reporter.lines)
    assert "accuracy=0.9630; log_loss=0.1151;" in reporter.lines
    assert "accuracy=0.9630; log_loss=0.1151;" in result.log.read_text().splitlines()


def test_its_output_archive(wine: tuple[TrainingResult, Lines]):
    result, _ = wine
    assert result.output_archive is not None
    with tarfile.open(result.output_archive.path) as archive:
        assert archive.getnames() == ["metrics.json"]


def test_a_failed_job_gives_its_reason_and_no_model(tmp_path: Path):
    program = SAVES + "pathlib.Path(os.environ['SM_OUTPUT_DATA_DIR'], 'partial.txt').write_text('x')\nraise ValueError('no labels')\n"
    result = train(tmp_path / "root", program)
    assert (result.status, result.exit_code, result.model_archive) == ("Failed", 1, None)
    assert result.failure.splitlines()[0] == "ValueError: no labels"
    assert result.output_archive is not None


def test_channels_are_copies(tmp_path: Path):
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "a.csv").write_text("1")
    program = (
        SAVES
        + "print(f\"rows={open(os.environ['SM_CHANNEL_TRAIN'] + '/a.csv').read()};\")\nos.remove(os.environ['SM_CHANNEL_TRAIN'] + '/a.csv')\n"
    )
    result = train(tmp_path / "root", program, channels={"train": tmp_path / "data"}, metrics=printed("rows"))
    assert (result.status, result.metrics) == ("Completed", {"rows": 1.0})
    assert (tmp_path / "data" / "a.csv").read_text() == "1"


STEPS = (
    SAVES
    + """
import time
state = pathlib.Path(os.environ["SLIPWAY_CHECKPOINT_DIR"], "step")
step = int(state.read_text()) if state.exists() else 0
if step == 0:
    state.write_text("5")
print(f"begin={step};", flush=True)
if step == 0:
    time.sleep(60)
"""
)


def test_out_of_time_it_stops_and_goes_on_from_its_checkpoint(tmp_path: Path):
    first = train(tmp_path / "root", STEPS, metrics=printed("begin"), max_seconds=6)
    assert (first.status, first.failure, first.metrics) == ("Stopped", "", {"begin": 0.0})
    assert first.model_archive is not None
    second = train(tmp_path / "root", STEPS, metrics=printed("begin"))
    assert (second.status, second.metrics) == ("Completed", {"begin": 5.0})


def test_stopped_by_another_thread(tmp_path: Path):
    stop = threading.Event()
    state = tmp_path / "root" / "opt" / "ml" / "checkpoints" / "step"

    def when_begun() -> None:
        while not state.exists():
            time.sleep(0.05)
        stop.set()

    threading.Thread(target=when_begun, daemon=True).start()
    result = train(tmp_path / "root", STEPS, stop=stop)
    assert (result.status, result.exit_code) == ("Stopped", 143)
    assert result.seconds < 30


class Interrupts(Lines):
    """Presses Ctrl-C when the program has begun."""

    def step(self, scope: str, text: str) -> None:
        super().step(scope, text)
        if text == "begin=0;":
            raise KeyboardInterrupt

    info = waiting = step


def test_ctrl_c_stops_the_container_and_keeps_its_checkpoints(tmp_path: Path):
    reporter = Interrupts()
    with pytest.raises(KeyboardInterrupt):
        train(tmp_path / "root", STEPS, reporter=reporter)
    assert any(line.startswith("interrupted: SIGTERM now") for line in reporter.lines)
    assert train(tmp_path / "root", STEPS, metrics=printed("begin")).metrics == {"begin": 5.0}


def container(folder: Path, program: str) -> Folder:
    """A container that has nothing to do with ours."""
    folder.mkdir()
    (folder / "Dockerfile").write_text(
        'FROM python:3.11-slim-bookworm\nCOPY fit.py /opt/program/\nENTRYPOINT ["python", "/opt/program/fit.py"]\n'
    )
    (folder / "requirements.txt").write_text("")
    (folder / "fit.py").write_text(
        "import os, pathlib, sys\nml = pathlib.Path(os.environ.get('SAGEMAKER_BASE_DIR', '/opt/ml'))\n" + program
    )
    return Folder(folder)


def test_any_container_that_keeps_the_contract_trains(tmp_path: Path):
    program = "assert sys.argv[1:] == ['train']\n(ml / 'model' / 'weights.txt').write_text('1')\nprint('loss=0.5;')\n"
    result = run_local(container(tmp_path / "own", program), root=tmp_path / "root", metrics=printed("loss"))
    assert (result.status, result.metrics) == ("Completed", {"loss": 0.5})
    assert result.model_archive is not None and result.output_archive is None


def test_a_container_that_gives_no_reason(tmp_path: Path):
    result = run_local(container(tmp_path / "own", "sys.exit(7)"), root=tmp_path / "root")
    assert (result.status, result.exit_code, result.model_archive) == ("Failed", 7, None)
    assert result.failure == "the container ended with exit code 7 and wrote no reason to output/failure"
