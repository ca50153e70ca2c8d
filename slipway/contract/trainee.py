"""The training container under test: its input folders, and runs that several clauses look at."""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from slipway.contract.examined import Examined
from slipway.contract.opened import Opened
from slipway.contract.processes import wait_for_exit
from slipway.contract.residue import snapshot

if TYPE_CHECKING:
    from slipway.containers.running import Running

NONSENSE = "slipway-nonsense"
_POLL = 0.01
_JOB = {
    "TRAINING_JOB_NAME": "slipway-contract",
    "TRAINING_JOB_ARN": "arn:aws:sagemaker:eu-west-1:111111111111:training-job/slipway-contract",
    "AWS_REGION": "eu-west-1",
}


@dataclass
class Run:
    """One finished training run. `exit_code` None: it had to be killed. `opened`: input and checkpoint files it read.

    `checkpointed`: it wrote a checkpoint, which may be gone by now; `interrupted`: it got SIGTERM.
    """

    ml: Path
    exit_code: int | None
    seconds: float
    opened: set[Path]
    log: str
    input_changed: list[str]
    checkpointed: bool = False
    interrupted: bool = False

    @property
    def failure(self) -> str:
        """What output/failure says; empty when there is none."""
        with suppress(OSError):
            return (self.ml / "output" / "failure").read_text(encoding="utf-8", errors="replace").strip()
        return ""

    def files(self, folder: str) -> list[Path]:
        """The files below a folder of /opt/ml."""
        return [path for path in sorted((self.ml / folder).rglob("*")) if path.is_file()]

    def opened_below(self, folder: str) -> list[Path]:
        """Which of the opened files lie below a folder of /opt/ml."""
        return [path for path in sorted(self.opened) if path.is_relative_to(self.ml / folder)]


@dataclass(kw_only=True)
class Trainee(Examined):
    """A training image, its hyperparameters and channels (name -> folder). `metrics`: name -> regular expression."""

    hyperparameters: Mapping[str, str] = field(default_factory=dict)
    channels: Mapping[str, Path] = field(default_factory=dict)
    metrics: Mapping[str, str] = field(default_factory=dict)

    @property
    def whole(self) -> Run:
        """A run with everything in place."""
        return self.memo("whole", lambda: self._run(self._prepare(self.hyperparameters, self.channels)))

    @property
    def broken(self) -> Run:
        """A run that cannot succeed: hyperparameters are nonsense and channels are empty."""

        def run() -> Run:
            given = {name: value if name.startswith(("sagemaker_", "_")) else NONSENSE for name, value in self.hyperparameters.items()}
            return self._run(self._prepare({**given, NONSENSE: NONSENSE}, dict.fromkeys(self.channels)))

        return self.memo("broken", run)

    @property
    def interrupted(self) -> Run:
        """A run that got SIGTERM after its first checkpoint, or half way when it writes none."""
        longest = self.whole.seconds * (10 if self.whole.checkpointed else 0.5)
        return self.memo("interrupted", lambda: self._run(self._prepare(self.hyperparameters, self.channels), stop_after=longest))

    @property
    def resumed(self) -> Run:
        """A run that finds the checkpoints of the interrupted one."""

        def run() -> Run:
            ml = self._prepare(self.hyperparameters, self.channels)
            shutil.copytree(self.interrupted.ml / "checkpoints", ml / "checkpoints", dirs_exist_ok=True)
            return self._run(ml)

        return self.memo("resumed", run)

    def _prepare(self, hyperparameters: Mapping[str, str], channels: Mapping[str, Path | None]) -> Path:
        """The /opt/ml tree as SageMaker lays it out; a channel without a folder is empty."""
        self._count += 1
        ml = self.folder / f"training-{self._count}" / "opt" / "ml"
        for name in ("input/config", "input/data", "checkpoints", "model", "output/data", "code"):
            (ml / name).mkdir(parents=True)
        for channel, source in channels.items():
            if source is None:
                (ml / "input" / "data" / channel).mkdir()
            else:
                shutil.copytree(source, ml / "input" / "data" / channel)
        mode = {"TrainingInputMode": "File", "S3DistributionType": "FullyReplicated", "RecordWrapperType": "None"}
        group = {"instance_group_name": "homogeneousCluster", "instance_type": "ml.m5.xlarge", "hosts": ["algo-1"]}
        hosts = {"current_host": "algo-1", "hosts": ["algo-1"], "network_interface_name": "eth0", "current_instance_type": "ml.m5.xlarge"}
        documents: dict[str, Any] = {
            "hyperparameters": dict(hyperparameters),
            "inputdataconfig": dict.fromkeys(channels, mode),
            "resourceconfig": {**hosts, "current_group_name": "homogeneousCluster", "instance_groups": [group]},
        }
        for name, document in documents.items():
            (ml / "input" / "config" / f"{name}.json").write_text(json.dumps(document), encoding="utf-8")
        return ml

    def _run(self, ml: Path, stop_after: float | None = None) -> Run:
        from slipway.containers.launch import start

        variables = {**_JOB, **self.settings.environment}
        self.reporter.waiting("training", f"run {self._count}")
        before, begin = snapshot(ml / "input"), time.monotonic()
        with Opened(ml / "input", ml / "checkpoints") as opened:
            running = start(self.source, "train", root=ml.parents[1], environment=variables, engine=self.engine)
            self._running = running
            try:
                until = begin + (self.settings.training if stop_after is None else stop_after)
                wrote = _watch(running, ml, until, stop_at_checkpoint=stop_after is not None)
                interrupted = stop_after is not None and running.alive()
                if interrupted:
                    self.send_sigterm(running, self.settings.training_stop)
                code = wait_for_exit(running, time.monotonic() + (self.settings.training_stop if interrupted else 0))
                seconds, files = time.monotonic() - begin, set(opened.files())
                log = running.log.read_text(encoding="utf-8", errors="replace")
            finally:
                self.discard()
        after = snapshot(ml / "input")
        changed = sorted(name for name in before.keys() | after.keys() if before.get(name) != after.get(name))
        return Run(ml, code, seconds, files, log, changed, wrote, interrupted)


def _watch(running: Running, ml: Path, until: float, *, stop_at_checkpoint: bool) -> bool:
    """Wait for the end, for `until` (of time.monotonic), or for the first checkpoint; whether there has been a checkpoint."""
    wrote = False
    while running.alive() and time.monotonic() < until and not (wrote and stop_at_checkpoint):
        wrote = wrote or any(path.is_file() for path in (ml / "checkpoints").rglob("*"))
        time.sleep(_POLL)
    return wrote
