"""The processes of a container that runs as plain processes: found by what they carry in their environment."""

from __future__ import annotations

import contextlib
import os
import signal
import time
from collections.abc import Container, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from slipway.containers.running import Running

_PROC = Path("/proc")


def processes_of(root: Path, apart: Container[int | None] = ()) -> list[str]:
    """`pid command` of every living process whose environment names a path below `root`, detached ones among them.

    `apart`: ids that do not count. Empty where there is no /proc.
    """
    wanted, found = f"={root}/".encode(), []
    for folder in _PROC.glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if int(folder.name) == os.getpid() or wanted not in (folder / "environ").read_bytes():
                continue
            if int(folder.name) in apart or ended(int(folder.name)):
                continue
            command = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode("utf-8", "replace").strip()
            found.append(f"{folder.name} {command[:80]}")
    return found


def kill_processes_of(root: Path) -> None:
    """SIGKILL for every process that `processes_of` finds."""
    for line in processes_of(root):
        with contextlib.suppress(OSError):
            os.kill(int(line.split()[0]), signal.SIGKILL)


@contextlib.contextmanager
def unreaped(pid: int) -> Iterator[None]:
    """While it is open, nobody clears up after process `pid`: its launcher, which would kill what it leaves, is stopped."""
    keeper = parent(pid)
    if keeper is None or keeper in (1, os.getpid()):
        yield
        return
    os.kill(keeper, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(keeper, signal.SIGCONT)


def ended(pid: int) -> bool:
    """Whether the process is gone, or ended and not collected yet."""
    return _state(pid) in (None, "Z", "X")


def _state(pid: int) -> str | None:
    fields = _stat(pid)
    return fields[0] if fields else None


def parent(pid: int) -> int | None:
    """The id of its parent process; None when it is gone."""
    fields = _stat(pid)
    return int(fields[1]) if fields else None


def _stat(pid: int) -> list[str]:
    try:
        return (_PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()
    except OSError:
        return []


def wait_for_exit(running: Running, deadline: float) -> int | None:
    """The exit code, or None when it still runs at `deadline` (of time.monotonic)."""
    while running.alive() and time.monotonic() < deadline:
        time.sleep(0.02)
    return None if running.alive() else running.exit_code()
