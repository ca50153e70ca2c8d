"""Times a command as a whole process and adds up the memory of its whole process tree (Python and Node)."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
_POLL_SECONDS = 0.05


@dataclass(frozen=True)
class Run:
    """One run: wall seconds, and the sum of the peak resident memory of each process of the tree in MB."""

    seconds: float
    megabytes: float
    node: bool


@dataclass(frozen=True)
class Figure:
    """Median, least and most of several runs."""

    seconds: float
    least: float
    most: float
    megabytes: float
    node: bool

    @classmethod
    def of(cls, runs: Sequence[Run]) -> Figure:
        """The figure of some runs."""
        times = [run.seconds for run in runs]
        return cls(
            statistics.median(times), min(times), max(times), statistics.median(run.megabytes for run in runs), any(r.node for r in runs)
        )


def run(arguments: Sequence[str], environment: Mapping[str, str] | None = None) -> Run:
    """Run a command once. Raises `SystemExit` with its output when it fails: a failed run has no time."""
    with tempfile.TemporaryFile() as output:
        started = time.perf_counter()
        process = subprocess.Popen(
            [sys.executable if arguments[0] == "python" else arguments[0], *arguments[1:]],
            cwd=ROOT,
            env={**os.environ, "PYTHONDONTWRITEBYTECODE": "", **(environment or {})},
            stdout=output,
            stderr=subprocess.STDOUT,
        )
        peaks: dict[int, float] = {}
        node = False
        while process.poll() is None:
            for pid, name, peak in _tree(process.pid):
                peaks[pid] = max(peak, peaks.get(pid, 0.0))
                node = node or name == "node"
            time.sleep(_POLL_SECONDS)
        seconds = time.perf_counter() - started
        if process.returncode != 0:
            output.seek(0)
            raise SystemExit(f"{' '.join(arguments)} ended with {process.returncode}:\n{output.read().decode(errors='replace')[-2000:]}")
    return Run(seconds, sum(peaks.values()), node)


def _tree(root: int) -> list[tuple[int, str, float]]:
    """(pid, name, peak resident MB) of a process and its descendants, from /proc; empty on other systems."""
    found, pending = [], [root]
    while pending:
        pid = pending.pop()
        try:
            status = Path(f"/proc/{pid}/status").read_text()
            # The kernel lists children by the thread that started them.
            pending += [int(child) for file in Path(f"/proc/{pid}/task").glob("*/children") for child in file.read_text().split()]
            program = Path(f"/proc/{pid}/cmdline").read_text().partition("\0")[0].rpartition("/")[2]
        except OSError:
            continue
        fields = dict(line.split(":\t", 1) for line in status.splitlines() if ":\t" in line)
        if "VmHWM" in fields:
            found.append((pid, program, int(fields["VmHWM"].split()[0]) / 1024))
    return found


def paired(
    first: Sequence[str], second: Sequence[str], rounds: int, environments: tuple[Mapping[str, str], Mapping[str, str]] = ({}, {})
) -> tuple[Figure, Figure, float]:
    """Both commands in turn, after one warm-up of each; the two figures and the median of second/first pair by pair."""
    run(first, environments[0])
    run(second, environments[1])
    pairs = [(run(first, environments[0]), run(second, environments[1])) for _ in range(rounds)]
    ratio = statistics.median(b.seconds / a.seconds for a, b in pairs)
    return Figure.of([a for a, _ in pairs]), Figure.of([b for _, b in pairs]), ratio


def alone(arguments: Sequence[str], rounds: int, environment: Mapping[str, str] | None = None, *, warm: bool = True) -> Figure:
    """One command several times."""
    if warm:
        run(arguments, environment)
    return Figure.of([run(arguments, environment) for _ in range(rounds)])
