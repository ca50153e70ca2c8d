"""Finds a container's processes by a mark in their environment, for the one case in which its keeper was killed (Linux)."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

VARIABLE = "SLIPWAY_CONTAINER_ID"
"""Environment variable that every process of a container inherits; its value is the container's alone."""
_WAIT = 5.0


def kill_marked(identity: str) -> None:
    """SIGKILL every process that carries the mark, again until none is found, for 5 s at most.

    A process that overwrote its environment (nginx writes its title there) is found by its process group or session.
    """
    end = time.monotonic() + _WAIT
    while (found := marked(identity)) and time.monotonic() < end:
        for process in found:
            try:
                os.kill(process, signal.SIGKILL)
            except (ProcessLookupError, PermissionError):
                continue
        time.sleep(0.02)


def marked(identity: str) -> list[int]:
    """Ids of the running processes with the mark, and of those that share a process group or session with one of them."""
    wanted = f"{VARIABLE}={identity}".encode()
    groups: dict[int, tuple[int, int]] = {}
    carriers: set[int] = set()
    proc = Path("/proc")
    for item in proc.iterdir() if proc.is_dir() else ():
        if not item.name.isdigit() or int(item.name) == os.getpid():
            continue
        try:
            state, _parent, group, session = (item / "stat").read_bytes().rpartition(b")")[2].split()[:4]
            variables = (item / "environ").read_bytes().split(b"\0")
        except (OSError, ValueError):
            continue
        if state == b"Z":
            continue
        groups[int(item.name)] = (int(group), int(session))
        if wanted in variables:
            carriers |= {int(item.name)}
    own = {os.getpgid(0), os.getsid(0), 0}
    families = {number for process in carriers for number in groups[process]} - own
    return [process for process, ids in groups.items() if process in carriers or families.intersection(ids)]
