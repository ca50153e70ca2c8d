"""A job's /opt/ml tree in a folder, and the container's entry point run on it as a real process."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import textwrap
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

CONTAINER = Path(__file__).resolve().parents[3] / "containers" / "training"


@dataclass
class Job:
    """`base` is the tree; `program` the text of /opt/ml/code/train.py."""

    base: Path
    program: str = ""
    environment: dict[str, str] = field(default_factory=dict)

    def write(self, name: str, content: Any) -> Job:
        path = self.base / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content if isinstance(content, str) else json.dumps(content))
        return self

    def hyperparameters(self, **values: str) -> Job:
        return self.write("input/config/hyperparameters.json", {name.replace("_AND_", "-"): value for name, value in values.items()})

    def start(self) -> subprocess.Popen[str]:
        if self.program:
            self.write("code/train.py", textwrap.dedent(self.program))
        environment = {**os.environ, "SAGEMAKER_BASE_DIR": str(self.base), **self.environment}
        command = [sys.executable, str(CONTAINER / "train.py"), "train"]
        return subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def run(self) -> Finished:
        process = self.start()
        out, err = process.communicate(timeout=60)
        return Finished(process.returncode, out, err, self.failure())

    def interrupt(self, when: str, number: signal.Signals = signal.SIGTERM) -> tuple[Finished, float]:
        """Start, wait until the file `when` exists, send the signal; how it ended, and how many seconds after the signal."""
        process = self.start()
        deadline = time.monotonic() + 30
        while not (self.base / when).exists():
            assert process.poll() is None and time.monotonic() < deadline, process.communicate()
            time.sleep(0.02)
        process.send_signal(number)
        sent = time.monotonic()
        out, err = process.communicate(timeout=60)
        return Finished(process.returncode, out, err, self.failure()), time.monotonic() - sent

    def failure(self) -> str:
        path = self.base / "output" / "failure"
        return path.read_text() if path.exists() else ""


@dataclass(frozen=True)
class Finished:
    code: int
    out: str
    err: str
    failure: str
