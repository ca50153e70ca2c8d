"""Told to stop: programs of several processes."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.containers.training.support import Job

SAVES_LATE = """
import os, pathlib, signal, sys, time
def stop(*_):
    time.sleep(0.3)
    pathlib.Path(os.environ["SLIPWAY_CHECKPOINT_DIR"], "saved").touch()
    sys.exit(0)
signal.signal(signal.SIGTERM, stop)
pathlib.Path(os.environ["SLIPWAY_CHECKPOINT_DIR"], "begun").touch()
time.sleep(60)
"""


@pytest.fixture
def job(tmp_path: Path) -> Job:
    return Job(tmp_path / "ml").hyperparameters(sagemaker_program="run.sh")


def test_a_shell_program_s_child_writes_its_checkpoint(job: Job):
    job.write("code/fit.py", SAVES_LATE).write("code/run.sh", "#!/bin/sh\npython3 fit.py\necho never\n")
    done, seconds = job.interrupt("checkpoints/begun")
    assert (done.code, done.failure) == (143, "")
    assert (job.base / "checkpoints" / "saved").exists() and "never" not in done.out
    assert 0.3 <= seconds < 30


def test_what_the_program_left_running_is_killed_in_time(job: Job):
    job.environment["SLIPWAY_STOP_SECONDS"] = "1"
    job.write("code/run.sh", "#!/bin/sh\n(trap '' TERM; touch ../checkpoints/begun; sleep 60; touch ../checkpoints/late) &\nwait\n")
    done, seconds = job.interrupt("checkpoints/begun")
    assert done.code == 143
    assert 0.9 < seconds < 30
    assert not (job.base / "checkpoints" / "late").exists()


def test_worker_processes_stay_until_the_program_has_ended(job: Job):
    """A program that is told to stop may still need its workers for the checkpoint."""
    job.hyperparameters(sagemaker_program="fit.py").write(
        "code/fit.py",
        """
import os, pathlib, signal, subprocess, sys, time
worker = subprocess.Popen([sys.executable, "-c", "input(); print('worked')"], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
def stop(*_):
    time.sleep(0.2)
    pathlib.Path(os.environ["SLIPWAY_CHECKPOINT_DIR"], "saved").write_bytes(worker.communicate(b"go\\n")[0])
    sys.exit(0)
signal.signal(signal.SIGTERM, stop)
pathlib.Path(os.environ["SLIPWAY_CHECKPOINT_DIR"], "begun").touch()
time.sleep(60)
""",
    )
    done, _ = job.interrupt("checkpoints/begun")
    assert done.code == 0
    assert (job.base / "checkpoints" / "saved").read_text() == "worked\n"


def test_a_program_that_ends_by_itself_is_not_waited_for(job: Job):
    job.write("code/run.sh", '#!/bin/sh\nsleep 60 2>/dev/null >/dev/null &\ntouch "$SM_MODEL_DIR/model"\n')
    assert job.run().code == 0
