"""Starting the real inference container as SageMaker would, in ordinary and in changed surroundings."""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

from slipway.containers.launch import Running, start
from slipway.containers.source import Folder
from tests.containers.inference_faults.client import ask
from tests.containers.inference_faults.processes import Process, family, survivors, wait_for

ROOT = Path(__file__).resolve().parents[3]
IMAGE = Folder(ROOT / "containers" / "inference")
START_SECONDS = 30.0
"""Seconds a start may take on a machine that does other things too."""


@contextlib.contextmanager
def serving(model: Path | None, *, ready: bool = True, **environment: str | float) -> Iterator[Running]:
    """The container with that model folder; `environment` holds SageMaker's and Slipway's variables. Leaves no process behind."""
    before: list[Process] = []
    with tempfile.TemporaryDirectory(prefix="slipway-fault-") as root:
        container = start(
            IMAGE, "serve", root=Path(root), model=model, environment={name: str(value) for name, value in environment.items()}
        )
        try:
            if ready:
                container.wait_until_ready(START_SECONDS)
            before = family(container.pid)
            yield container
            before += family(container.pid)
        finally:
            container.terminate(grace=5)
    left = [p for p in survivors(before) if wait_for(partial(_gone, p), 1) is None]
    assert not left, f"left behind: {left}"


def _gone(process: Process) -> bool:
    return not survivors([process])


def log(container: Running) -> str:
    """Everything the container said so far."""
    return Path(container.log).read_text(errors="replace")


def workers(container: Running, count: int, seconds: float = 10.0) -> set[int]:
    """Process ids of the container's `count` workers, found by asking the scripted model."""
    found: set[int] = set()
    until = time.monotonic() + seconds
    while len(found) < count and time.monotonic() < until:
        answer = ask(container.port, {"sleep": 0.01})
        if answer.status == 200:
            found.add(answer.json["pid"])
    return found


class Elsewhere:
    """A container in changed surroundings, started by a helper process (`surroundings.py`) that changed them for itself first."""

    def __init__(self, *options: str, root: Path, model: Path | None = None, **environment: str) -> None:
        command = [sys.executable, "-m", "tests.containers.inference_faults.surroundings", *options]
        command += ["--model", str(model)] if model else []
        self._process = subprocess.Popen(
            [*command, "--root", str(root), "--environment", json.dumps(environment)],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self._stdout, self._stdin = self._process.stdout, self._process.stdin

    def report(self) -> dict[str, Any]:
        """The helper's next line."""
        assert self._stdout is not None
        line = self._stdout.readline()
        assert line, "the helper died; its error is above"
        answer: dict[str, Any] = json.loads(line)
        return answer

    def __enter__(self) -> Elsewhere:
        return self

    def __exit__(self, *_: object) -> None:
        assert self._stdin is not None
        self._stdin.close()
        assert self._process.wait(timeout=40) == 0


def side_by_side(jobs: Mapping[str, Callable[[], Any]], at_once: int = 4) -> dict[str, Any]:
    """Run jobs that mostly wait in threads; their results by name. The first error of any is raised after all have ended."""
    with ThreadPoolExecutor(at_once) as pool:
        running = {name: pool.submit(job) for name, job in jobs.items()}
    problems = {name: error for name, job in running.items() if (error := job.exception())}
    if len(problems) == 1:
        raise next(iter(problems.values()))
    assert not problems, "\n".join(f"{name}: {error}" for name, error in problems.items())
    return {name: job.result() for name, job in running.items()}
