"""What the kernel knows about a container's processes: who belongs to it, how much memory they hold, who is left."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

PROC = Path("/proc")


@dataclass(frozen=True)
class Process:
    """One process; `started` (clock ticks since boot) tells it from a later one with the same number."""

    pid: int
    parent: int
    session: int
    started: int
    name: str
    zombie: bool


def read(pid: int) -> Process | None:
    """The process, or None when it is gone."""
    try:
        head, _, rest = (PROC / str(pid) / "stat").read_text(errors="replace").rpartition(")")
    except OSError:
        return None
    fields = rest.split()
    return Process(pid, int(fields[1]), int(fields[3]), int(fields[19]), head.partition("(")[2], fields[0] in "ZX")


def everything() -> list[Process]:
    """Every process of the machine that still runs."""
    found = [read(int(entry.name)) for entry in PROC.iterdir() if entry.name.isdigit()]
    return [process for process in found if process and not process.zombie]


def family(pid: int) -> list[Process]:
    """The process and all its descendants, and whoever lives in its session (a child may have lost its parent)."""
    running = everything()
    members = {pid}
    while True:
        more = {p.pid for p in running if p.parent in members or p.session == pid} - members
        if not more:
            return [p for p in running if p.pid in members]
        members |= more


def survivors(before: list[Process]) -> list[Process]:
    """Those of `before` that still run, and whoever joined their sessions meanwhile."""
    sessions = {p.session for p in before} - {os.getsid(0)}
    known = {(p.pid, p.started) for p in before}
    return [p for p in everything() if (p.pid, p.started) in known or p.session in sessions]


def nginx_master(pid: int) -> Process:
    """The nginx that no other nginx of the container started."""
    servers = {p.pid: p for p in family(pid) if p.name == "nginx"}
    masters = [p for p in servers.values() if p.parent not in servers]
    assert len(masters) == 1, f"one nginx master expected, found {masters}"
    return masters[0]


def memory(pid: int) -> int:
    """Bytes of memory of the whole container, shared pages counted once (PSS)."""
    return sum(_bytes(process.pid, "smaps_rollup", "Pss:") for process in family(pid))


class Peak:
    """Context manager: `grown` is by how many bytes the container's processes together rose above their memory at its start.

    The kernel keeps each process's highest resident size, so nothing is missed between two samples.
    """

    def __init__(self, pid: int) -> None:
        self._pid = pid

    def __enter__(self) -> Peak:
        for process in family(self._pid):
            (PROC / str(process.pid) / "clear_refs").write_text("5")
        self._before = self._total("VmRSS:")
        return self

    def __exit__(self, *_: object) -> None:
        self.grown = self._total("VmHWM:") - self._before

    def _total(self, field: str) -> int:
        return sum(_bytes(process.pid, "status", field) for process in family(self._pid))


def _bytes(pid: int, file: str, field: str) -> int:
    """A size that the kernel tells about a process; 0 when the process is gone."""
    try:
        lines = (PROC / str(pid) / file).read_text().splitlines()
    except OSError:
        return 0
    return sum(int(line.split()[1]) * 1024 for line in lines if line.startswith(field))


def kill(pid: int) -> None:
    """SIGKILL; a process that is gone already is fine."""
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return


def wait_for(condition: Callable[[], bool], seconds: float) -> float | None:
    """Seconds until the condition held, or None when it never did within `seconds`."""
    began = time.monotonic()
    while True:
        holds = condition()
        waited = time.monotonic() - began
        if holds:
            return waited
        if waited > seconds:
            return None
        time.sleep(0.02)
