"""The entry point as a real process: how jobs end."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.containers.training.support import CONTAINER, Job

SAVES = """
    import os, pathlib
    pathlib.Path(os.environ["SM_MODEL_DIR"], "model.txt").write_text("weights")
"""


@pytest.fixture
def job(tmp_path: Path) -> Job:
    return Job(tmp_path / "ml")


def test_it_completes_and_the_program_gets_what_it_was_given(job: Job):
    job.program = f"""{SAVES}
    import json, sys
    print("loss=0.25;")
    pathlib.Path(os.environ["SM_OUTPUT_DATA_DIR"], "seen.json").write_text(json.dumps([sys.argv[1:], os.getcwd(), os.environ["SM_CHANNEL_TRAIN"]]))
    """
    job.hyperparameters(max_AND_iter="5", name='"a b"').write("input/data/train/a.csv", "1")
    job.write("input/config/inputdataconfig.json", {"train": {"TrainingInputMode": "FastFile"}})
    done = job.run()
    assert (done.code, done.failure, done.err) == (0, "", "")
    assert "loss=0.25;" in done.out.splitlines()
    seen = json.loads((job.base / "output" / "data" / "seen.json").read_text())
    assert seen == [["--max-iter", "5", "--name", "a b"], str(job.base / "code"), str(job.base / "input" / "data" / "train")]


def test_an_exception_becomes_the_failure_reason_and_the_exit_code_is_passed_on(job: Job):
    job.program = "raise ValueError('labels are missing')"
    done = job.run()
    assert done.code == 1
    assert done.failure.splitlines()[0] == "ValueError: labels are missing"
    assert done.failure.splitlines()[-1] == "train.py ended with exit code 1"
    assert "Traceback" in done.err
    job.program = "import sys; print('no such label', file=sys.stderr); sys.exit(42)"
    done = job.run()
    assert (done.code, done.failure) == (42, "no such label\ntrain.py ended with exit code 42")


def test_a_program_killed_from_outside(job: Job):
    job.program = "import os, signal; os.kill(os.getpid(), signal.SIGKILL)"
    done = job.run()
    assert (done.code, done.failure) == (137, "train.py was ended by SIGKILL: is the instance out of memory?")


def test_a_job_without_a_model_failed(job: Job):
    job.program = "print('all done')"
    done = job.run()
    assert done.code == 1
    assert "wrote no model" in done.failure and "SM_MODEL_DIR" in done.failure


def test_a_failure_of_an_earlier_run_is_gone(job: Job):
    job.write("output/failure", "old")
    job.program = SAVES
    assert job.run().failure == ""


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("input/config/hyperparameters.json", "{", "input/config/hyperparameters.json cannot be read"),
        ("input/config/inputdataconfig.json", {"train": {"TrainingInputMode": "Pipe"}}, "channel train is in Pipe mode"),
        ("input/config/resourceconfig.json", [], "input/config/resourceconfig.json must hold a JSON object"),
        ("code/other.py", "", "no program train.py: looked in"),
    ],
)
def test_a_job_that_cannot_begin_says_why(job: Job, name: str, content: object, message: str):
    done = job.write(name, content).run()
    assert done.code == 1
    assert message in done.failure and message in done.err
    assert "Traceback" not in done.err


@pytest.mark.parametrize(("code", "text"), [(4, "my own reason"), (0, "no data for a model")])
def test_the_program_s_own_reason_is_kept(job: Job, code: int, text: str):
    job.program = f"import os, sys; open(os.environ['SM_OUTPUT_DIR'] + '/failure', 'w').write('{text}'); sys.exit({code})"
    done = job.run()
    assert (done.code, done.failure) == (code or 1, text)


def test_an_empty_failure_file_of_the_program_says_nothing(job: Job):
    job.program = "import os, sys; open(os.environ['SM_OUTPUT_DIR'] + '/failure', 'w').close(); sys.exit(4)"
    assert job.run().failure == "train.py ended with exit code 4"
    job.program = f"{SAVES}\n    open(os.environ['SM_OUTPUT_DIR'] + '/failure', 'w').close()"
    done = job.run()
    assert done.code == 0 and not (job.base / "output" / "failure").exists()


def test_an_output_folder_that_cannot_be_written_is_said_in_the_log(job: Job):
    job.write("output", "a file").program = SAVES
    done = job.run()
    assert done.code == 1
    assert "output/failure cannot be written: " in done.err
    assert "training failed: NotADirectoryError: " in done.err


def test_a_wrong_setting_says_so_in_the_failure_file(job: Job):
    job.environment["SLIPWAY_STOP_SECONDS"] = "300"
    assert job.run().failure == "SLIPWAY_STOP_SECONDS must be a number from 1 to 115, got '300'"


def test_an_endless_error_text_is_cut(job: Job):
    job.program = "raise ValueError('x' * 100_000)"
    assert len(job.run().failure) == 1024


COUNTS = """
    import os, pathlib, signal, sys, time
    folder = pathlib.Path(os.environ["SLIPWAY_CHECKPOINT_DIR"])
    state = folder / "step.txt"
    step = int(state.read_text()) if state.exists() else 0
    print(f"begin={step};", flush=True)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    while step < 20:
        step += 1
        state.write_text(str(step))
        if step == 7 and not (folder / "slow").exists():
            (folder / "slow").touch()
            time.sleep(30)
    pathlib.Path(os.environ["SM_MODEL_DIR"], "model.txt").write_text(str(step))
"""


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_an_interrupted_job_goes_on_from_its_checkpoint(job: Job, number: signal.Signals):
    job.program = COUNTS
    done, seconds = job.interrupt("checkpoints/slow", number)
    assert (done.code, done.failure) == (0, "")
    assert seconds < 25
    assert "stopped on request, checkpoints are kept" in done.out
    assert not list((job.base / "model").iterdir())
    again = job.run()
    assert "begin=7;" in again.out and "2 checkpoint files of an earlier run" in again.out
    assert (again.code, (job.base / "model" / "model.txt").read_text()) == (0, "20")


def test_a_program_that_does_not_listen_is_ended_by_the_signal(job: Job):
    job.program = "import pathlib, time; pathlib.Path('../begun').touch(); time.sleep(30)"
    done, seconds = job.interrupt("begun")
    assert (done.code, done.failure) == (143, "")
    assert seconds < 25


def test_a_program_that_ignores_the_signal_is_killed_before_sagemaker_does(job: Job):
    job.environment["SLIPWAY_STOP_SECONDS"] = "1"
    job.program = """
        import pathlib, signal, time
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        pathlib.Path('../begun').touch()
        time.sleep(60)
    """
    done, seconds = job.interrupt("begun")
    assert done.code == 137
    assert 0.9 < seconds < 50


def test_a_shell_program(job: Job):
    job.write("code/fit.sh", '#!/bin/sh\necho "args=$*"\necho weights > "$SM_MODEL_DIR/model.txt"\n').hyperparameters(
        sagemaker_program="fit.sh", n="3"
    )
    done = job.run()
    assert done.code == 0
    assert "args=-n 3" in done.out.splitlines()


def test_only_train_is_understood():
    done = subprocess.run([sys.executable, CONTAINER / "train.py", "serve"], capture_output=True, text=True)
    assert done.returncode == 2
    assert done.stderr.startswith("usage: train.py train")
