"""Runs one terraform process: its output line by line, one graceful stop, nothing left behind."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from types import FrameType
from typing import IO

_POLL_SECONDS = 0.05
_running: set[subprocess.Popen[bytes]] = set()
_stopped = threading.Event()


def run(command: Sequence[str], *, cwd: Path, env: Mapping[str, str], log: Path, on_line: Callable[[str], None]) -> int:
    """Run `command` to its end and return its exit code; every line of its output goes to `on_line` and stays in `log`.

    The output is a file, not a pipe: when this process is killed, terraform is not killed by a broken pipe but ends its work,
    saves the state and gives the lock back. It has a session of its own, so that Ctrl-C reaches it once, from here
    (a second interrupt would make terraform drop what it does). Raises KeyboardInterrupt after such a stop.
    """
    log.parent.mkdir(parents=True, exist_ok=True)
    with os.fdopen(os.open(log, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600), "wb") as sink, log.open("rb") as source:
        process = subprocess.Popen(
            list(command), cwd=cwd, env=dict(env), stdin=subprocess.DEVNULL, stdout=sink, stderr=subprocess.STDOUT, start_new_session=True
        )
        _running.add(process)
        try:
            return _follow(process, source, on_line)
        finally:
            _end(process)
            if _stopped.is_set():
                raise KeyboardInterrupt


def _follow(process: subprocess.Popen[bytes], source: IO[bytes], on_line: Callable[[str], None]) -> int:
    rest = b""
    while True:
        ended = process.poll()
        rest += source.read()
        *lines, rest = rest.split(b"\n")
        for line in lines:
            on_line(line.decode("utf-8", "replace"))
        if ended is not None:
            if rest:
                on_line(rest.decode("utf-8", "replace"))
            return ended
        if not lines:
            time.sleep(_POLL_SECONDS)


def _end(process: subprocess.Popen[bytes]) -> None:
    """After terraform itself: provider plugins it left, which happens when it was killed, go as well."""
    if process.poll() is None:
        interrupt(process)
        process.wait()
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    _running.discard(process)


def interrupt(process: subprocess.Popen[bytes]) -> None:
    """One SIGINT to terraform alone: it finishes what is in flight, saves the state and unlocks."""
    with contextlib.suppress(ProcessLookupError):
        process.send_signal(signal.SIGINT)


@contextlib.contextmanager
def graceful_stop() -> Iterator[None]:
    """While it is open, SIGINT and SIGTERM end running terraforms gracefully and then raise KeyboardInterrupt.

    Only the main thread may open it. A repeated signal is passed on too: terraform then stops at once.
    """

    def handle(_number: int, _frame: FrameType | None) -> None:
        _stopped.set()
        running = list(_running)
        for process in running:
            interrupt(process)
        if not running:
            raise KeyboardInterrupt

    before = {number: signal.signal(number, handle) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, action in before.items():
            signal.signal(number, action)
        _stopped.clear()


def stopping() -> bool:
    """True after a signal: no new work may begin."""
    return _stopped.is_set()
