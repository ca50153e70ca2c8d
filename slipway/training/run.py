"""`run_local`: one training job on this machine, by the container that would run it in SageMaker."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from pathlib import Path
from threading import Event
from typing import Any

from slipway.artifacts.pack import Archive, pack
from slipway.containers.launch import Running, start
from slipway.containers.log_reader import LogReader
from slipway.containers.source import Source
from slipway.progress import Reporter, Silent
from slipway.training import layout
from slipway.training.archive import pack_output
from slipway.training.job import Channel, Job, Status, TrainingResult, check
from slipway.training.metrics import Collector, MetricDefinition

GRACE_SECONDS = 120.0
"""From SIGTERM to SIGKILL in SageMaker: StopTrainingJob, spot interruption, MaxRuntimeInSeconds."""
_POLL_SECONDS = 0.1
_SCOPE = "training"


def run_local(
    source: Source,
    *,
    root: Path,
    hyperparameters: Mapping[str, Any] | None = None,
    channels: Mapping[str, Path | Channel] | None = None,
    source_dir: Path | None = None,
    program: str = "",
    metrics: Iterable[MetricDefinition] = (),
    environment: Mapping[str, str] | None = None,
    job_name: str = "local",
    max_seconds: float | None = None,
    grace: float = GRACE_SECONDS,
    stop: Event | None = None,
    reporter: Reporter | None = None,
) -> TrainingResult:
    """Train in the container `source` and pack what it wrote; returns when it has ended, whatever the end.

    root: the container's private folder; root/opt/ml is its /opt/ml, root/model.tar.gz and root/output.tar.gz are packed there. Run again
    with the same root, the job finds its checkpoints, as a spot job does. hyperparameters: passed as strings, as SageMaker does.
    channels: a folder or file each. source_dir: a script-mode program's folder, `program` its file. metrics: read from the log.
    max_seconds: MaxRuntimeInSeconds. stop: set by another thread, ends the job as StopTrainingJob does. Both, and Ctrl-C, send SIGTERM
    and `grace` seconds later SIGKILL; Ctrl-C then goes on as KeyboardInterrupt. InputError for what CreateTrainingJob refuses,
    SlipwayError when the container cannot be started at all, ArchiveRefused when the model folder cannot be packed.
    """
    reporter = reporter or Silent()
    given = {name: item if isinstance(item, Channel) else Channel(item) for name, item in (channels or {}).items()}
    job = Job(job_name, hyperparameters or {}, given, source_dir, program)
    check(job)
    collector = Collector(metrics)
    layout.lay_out(root, job)
    variables = {"TRAINING_JOB_NAME": job_name, **(environment or {})}
    reporter.step(_SCOPE, f"job {job_name} starts")
    with start(source, "train", root=root, environment=variables, reporter=reporter) as running:
        follower = _Follower(running, collector, reporter)
        exit_code, stopped = follower.wait(max_seconds, stop, grace)
        log = running.log
    return _result(root, exit_code, stopped, collector, follower.seconds, log, reporter)


class _Follower:
    """Follows a container's log until it ends: lines go to the reporter, numbers to the metrics."""

    def __init__(self, running: Running, collector: Collector, reporter: Reporter) -> None:
        self._running, self._collector, self._reporter = running, collector, reporter
        self._started = time.monotonic()
        self._log = LogReader(running.log)

    @property
    def seconds(self) -> float:
        return time.monotonic() - self._started

    def wait(self, max_seconds: float | None, stop: Event | None, grace: float) -> tuple[int, bool]:
        """Exit code, and whether it was told to stop."""
        stopped = False
        try:
            while self._running.alive():
                self._advance()
                if (stop is not None and stop.is_set()) or (max_seconds is not None and self.seconds > max_seconds):
                    stopped = True
                    self._reporter.step(_SCOPE, f"stopping: SIGTERM now, SIGKILL in {grace:g} s; checkpoints are kept")
                    self._running.terminate(grace)
                time.sleep(_POLL_SECONDS)
        except KeyboardInterrupt:
            self._reporter.step(_SCOPE, f"interrupted: SIGTERM now, SIGKILL in {grace:g} s; checkpoints are kept")
            self._running.terminate(grace)
            raise
        finally:
            self._advance(last=True)
        code = self._running.exit_code()
        return (1 if code is None else code), stopped

    def _advance(self, *, last: bool = False) -> None:
        while (lines := self._log.read()) is not None:
            self._tell(lines)
        if last:
            self._tell(self._log.rest())

    def _tell(self, lines: list[bytes]) -> None:
        for line in lines:
            text = line.decode("utf-8", "replace").rstrip("\r")
            self._collector.read(text)
            self._reporter.info(_SCOPE, text)


def _result(
    root: Path, exit_code: int, stopped: bool, collector: Collector, seconds: float, log: Path, reporter: Reporter
) -> TrainingResult:
    """Pack what SageMaker would upload: model.tar.gz unless the job failed, output.tar.gz always."""
    ml = layout.base(root)
    status: Status = "Stopped" if stopped else "Completed" if exit_code == 0 else "Failed"
    failure = failure_reason(ml / "output" / "failure", exit_code) if status == "Failed" else ""
    for name in ("model.tar.gz", "output.tar.gz"):
        (root / name).unlink(missing_ok=True)
    model = pack_model(ml / "model", root / "model.tar.gz", reporter) if status != "Failed" else None
    output = pack_output(ml / "output" / "data", root / "output.tar.gz")
    reporter.info(_SCOPE, f"{status} after {seconds:.1f} s" + (f": {failure.splitlines()[0]}" if failure else ""))
    return TrainingResult(status, exit_code, failure, model, output, collector.last, collector.series, seconds, log)


def pack_model(folder: Path, target: Path, reporter: Reporter | None = None) -> Archive | None:
    """The model folder as the archive that SageMaker uploads; None when no file is in it. Raises ArchiveRefused."""
    wrote = any(path.is_file() for path in folder.rglob("*"))
    return pack(folder, target, reporter=reporter) if wrote else None


def failure_reason(path: Path, exit_code: int) -> str:
    """What output/failure says, its first 1,024 bytes, or what can be said without it."""
    text = path.read_bytes()[:1024].decode("utf-8", "replace").strip() if path.is_file() else ""
    return text or f"the container ended with exit code {exit_code} and wrote no reason to output/failure"
