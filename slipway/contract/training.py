"""Clauses of training containers."""

from __future__ import annotations

import re

from slipway.contract import starting
from slipway.contract.clause import (
    CHECKPOINTS,
    METRICS,
    TRAINING_END,
    TRAINING_INPUT,
    TRAINING_RUN,
    Outcome,
    clause,
    failed,
    not_applicable,
    passed,
)
from slipway.contract.opened import Opened
from slipway.contract.trainee import Run, Trainee

_LINUX = "the kernel's record of opened files (inotify) exists on Linux only"
_REASON_SHOWN = 1024


def _ended(run: Run) -> str:
    tail = " | ".join(run.log.strip().splitlines()[-3:])
    return (f"exit code {run.exit_code}" if run.exit_code is not None else "no end") + (f": {tail[-300:]}" if tail else "")


@clause("SM-TRAIN-01", "`train` exits with code 0 when training succeeds", TRAINING_END, fix="read the log; exit with 0 only at the end")
def _succeeds(trainee: Trainee) -> Outcome:
    run = trainee.whole
    return passed(f"exit code 0 after {run.seconds:.1f} s") if run.exit_code == 0 else failed(_ended(run))


@clause("SM-TRAIN-02", "the model is written to /opt/ml/model", TRAINING_RUN, fix="write the model's files to SM_MODEL_DIR, /opt/ml/model")
def _writes_model(trainee: Trainee) -> Outcome:
    run = trainee.whole
    if run.exit_code != 0:
        return not_applicable("training does not succeed (SM-TRAIN-01)")
    files = run.files("model")
    return passed(f"{len(files)} files") if files else failed("/opt/ml/model is empty")


@clause(
    "SM-TRAIN-03",
    "hyperparameters are read from /opt/ml/input/config/hyperparameters.json",
    TRAINING_INPUT,
    fix="read the file; every value in it is a string",
)
def _reads_hyperparameters(trainee: Trainee) -> Outcome:
    if not Opened.possible():
        return not_applicable(_LINUX)
    read = [path for path in trainee.whole.opened_below("input/config") if path.name == "hyperparameters.json"]
    return passed(f"read with {len(trainee.hyperparameters)} values") if read else failed("the file was never opened")


@clause("SM-TRAIN-04", "every input channel is read", TRAINING_INPUT, fix="read the files below /opt/ml/input/data/CHANNEL")
def _reads_channels(trainee: Trainee) -> Outcome:
    if not trainee.channels:
        return not_applicable("no channel was given: --channel NAME=FOLDER")
    if not Opened.possible():
        return not_applicable(_LINUX)
    unread = [name for name in trainee.channels if not trainee.whole.opened_below(f"input/data/{name}")]
    return failed(f"never opened a file of {', '.join(unread)}") if unread else passed(", ".join(trainee.channels))


@clause("SM-TRAIN-05", "the input stays as it is", TRAINING_INPUT, fix="write to /opt/ml/model, /opt/ml/output/data or /tmp")
def _keeps_input(trainee: Trainee) -> Outcome:
    changed = trainee.whole.input_changed
    return failed(f"changed: {', '.join(changed[:5])}") if changed else passed("unchanged")


@clause("SM-TRAIN-06", "success leaves no failure file", TRAINING_END, fix="write /opt/ml/output/failure only when training fails")
def _no_failure(trainee: Trainee) -> Outcome:
    run = trainee.whole
    if run.exit_code != 0:
        return not_applicable("training does not succeed (SM-TRAIN-01)")
    return failed(f"/opt/ml/output/failure says {run.failure[:200]!r}") if run.failure else passed("none")


def _cannot_fail(run: Run) -> Outcome | None:
    """A container that needs neither its hyperparameters nor its data cannot be made to fail from outside."""
    if run.exit_code == 0 and run.files("model") and not run.failure:
        return not_applicable("training succeeds even with nonsense as hyperparameters and empty channels")
    return None


@clause("SM-TRAIN-07", "a failure ends with another exit code than 0", TRAINING_END, fix="let errors end the program, or exit with 1")
def _fails_loudly(trainee: Trainee) -> Outcome:
    run = trainee.broken
    if (unfit := _cannot_fail(run)) is not None:
        return unfit
    if run.exit_code is None:
        return failed("it did not end")
    return failed("exit code 0 although training failed") if run.exit_code == 0 else passed(f"exit code {run.exit_code}")


@clause(
    "SM-TRAIN-08",
    "a failure's reason is written to /opt/ml/output/failure",
    TRAINING_END,
    fix="write one sentence about the cause there; SageMaker shows its first 1024 characters as FailureReason",
)
def _says_why(trainee: Trainee) -> Outcome:
    run = trainee.broken
    if (unfit := _cannot_fail(run)) is not None:
        return unfit
    if not run.failure:
        return failed("the file is missing or empty")
    if run.failure[:_REASON_SHOWN].startswith("Traceback (most recent call last)") and len(run.failure) > _REASON_SHOWN:
        return failed(f"its first {_REASON_SHOWN} characters are the beginning of a traceback, not the reason")
    return passed(run.failure.splitlines()[0][:120])


@clause(
    "SM-TRAIN-09",
    "SIGTERM ends training within 120 seconds",
    TRAINING_RUN,
    fix="handle SIGTERM (StopTrainingJob, spot interruption): write a checkpoint and exit",
)
def _stops(trainee: Trainee) -> Outcome:
    run = trainee.interrupted
    if run.exit_code is None:
        return failed(f"still there after {trainee.settings.training_stop:g} s")
    return passed(_ended(run).partition(":")[0]) if run.interrupted else not_applicable("it ended before it could be stopped")


@clause(
    "SM-TRAIN-10",
    "a run that finds checkpoints resumes from them",
    CHECKPOINTS,
    severity="recommended",
    fix="look into /opt/ml/checkpoints at the start and go on from the newest file there",
)
def _resumes(trainee: Trainee) -> Outcome:
    if not trainee.whole.checkpointed:
        return not_applicable("it writes no checkpoints")
    if not Opened.possible():
        return not_applicable(_LINUX)
    run = trainee.resumed
    if not run.opened_below("checkpoints"):
        return failed("it opened none of the checkpoints")
    if run.exit_code != 0 and trainee.whole.exit_code == 0:
        return failed(f"with checkpoints: {_ended(run)}")
    return passed(f"read {len(run.opened_below('checkpoints'))} files, ended after {run.seconds:.1f} s")


@clause("SM-TRAIN-11", "the log holds each metric as its definition parses it", METRICS, fix="print lines such as `accuracy=0.963;`")
def _prints_metrics(trainee: Trainee) -> Outcome:
    if not trainee.metrics:
        return not_applicable("no metric definition was given: --metric NAME=REGEX")
    found = {name: _last(pattern, trainee.whole.log) for name, pattern in trainee.metrics.items()}
    missing = [name for name, match in found.items() if match is None or not _is_number(match)]
    if missing:
        return failed(f"no line gives a number for {', '.join(missing)}")
    return passed(", ".join(f"{name} {match[1]}" for name, match in found.items() if match))


def _last(pattern: str, log: str) -> re.Match[str] | None:
    matches = list(re.finditer(pattern, log))
    return matches[-1] if matches else None


def _is_number(match: re.Match[str]) -> bool:
    try:
        float(match[1])
    except (IndexError, TypeError, ValueError):
        return False
    return True


CLAUSES = (
    starting.CLAUSES[0],
    *(_succeeds, _writes_model, _reads_hyperparameters, _reads_channels, _keeps_input, _no_failure),
    *(_fails_loudly, _says_why, _stops, _resumes, _prints_metrics),
)
