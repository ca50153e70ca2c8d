"""The user's program as a process group: signals are passed on, the end of its stderr is kept for the failure file."""

from __future__ import annotations

import ctypes
import os
import pwd
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Any

KEPT_BYTES = 64 * 1024
"""Of the end of stderr: enough for the longest traceback."""
_PIECE_BYTES = 64 * 1024
_KILL_SECONDS = 2.0
"""For the kernel to end what was killed."""
_PR_SET_CHILD_SUBREAPER = 36


@dataclass(frozen=True)
class Ended:
    """How the program ended. `exit_code`: its own, or 128 + the signal that killed it, as a shell counts. `errors`: the end of stderr."""

    exit_code: int
    errors: str


class Stop:
    """Passes SIGTERM (SageMaker's stop, spot interruption) and SIGINT on to the program, and kills its group when `seconds` are over.

    Made before anything else runs: as process 1 of a container a signal without a handler would be ignored.
    """

    def __init__(self, seconds: float) -> None:
        self.requested = False
        self._seconds = seconds
        self._deadline = float("inf")
        self._child: subprocess.Popen[bytes] | None = None
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._handle)

    def attach(self, child: subprocess.Popen[bytes]) -> None:
        """From now on signals go to `child`, the leader of a group; one that came earlier is passed on at once."""
        self._child = child
        if self.requested:
            self._pass_on()

    def finish(self) -> None:
        """After the program's end: when it was told to stop, what it left running is told, too, and may take the time that is left.

        A shell that is told to stop ends at once, and the program it started still has to write its checkpoint. The group is not
        told at once: a program that finishes its work with the help of worker processes would lose them.
        """
        if self.requested and self._child is not None:
            _signal_group(self._child.pid, signal.SIGTERM)
            while not _is_empty(self._child.pid) and time.monotonic() < self._deadline + _KILL_SECONDS:
                time.sleep(0.02)

    def _handle(self, number: int, frame: FrameType | None) -> None:
        first, self.requested = not self.requested, True
        if self._child is not None and first:
            self._pass_on()

    def _pass_on(self) -> None:
        assert self._child is not None  # noqa: S101 - attach() came first
        self._deadline = time.monotonic() + self._seconds
        self._child.send_signal(signal.SIGTERM)
        deadline = threading.Timer(self._seconds, _signal_group, (self._child.pid, signal.SIGKILL))
        deadline.daemon = True
        deadline.start()


def run(command: list[str], folder: Path, environment: Mapping[str, str], stop: Stop, user: str = "") -> Ended:
    """Run the program to its end in `folder`, as the leader of a process group. Its output is the container's output, as it comes."""
    owner = identity(user)
    home = {"HOME": pwd.getpwuid(owner["user"]).pw_dir} if owner else {}
    if sys.platform == "linux":  # orphans of the program come here, where their end is seen, also when this is not process 1
        ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    child = subprocess.Popen(
        command, cwd=folder, env={**environment, **home}, stderr=subprocess.PIPE, start_new_session=True, bufsize=0, **owner
    )
    stop.attach(child)
    assert child.stderr is not None  # noqa: S101 - PIPE
    kept = bytearray()
    reader = threading.Thread(target=_copy, args=(child.stderr.fileno(), kept), daemon=True)
    reader.start()
    code = child.wait()
    stop.finish()
    reader.join(timeout=5)  # a grandchild may hold the pipe open
    return Ended(128 - code if code < 0 else code, bytes(kept).decode("utf-8", "replace"))


def identity(user: str) -> dict[str, Any]:
    """Arguments for Popen that make the program an unprivileged user's; none unless this process is root and has such a user.

    SageMaker mounts /opt/ml for root, so the container itself has to be root; the program, which is what handles data, need not be.
    The image has the user; outside of it, as a plain process, the program runs as whoever started the container.
    """
    if not user or os.geteuid() != 0:
        return {}
    try:
        entry = pwd.getpwnam(user)
    except KeyError:
        return {}
    return {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}


def hand_over(folders: tuple[Path, ...], failure: Path, user: str) -> None:
    """Make the folders, and give them with all they hold to the program's user, where there is one; and an empty `failure` file.

    Not the folder that file is in: whoever owns a folder can put a link to any file there, and this process writes as root.
    """
    owner = identity(user)
    for folder in folders:
        folder.mkdir(parents=True, exist_ok=True)
    if owner:
        failure.touch()
        for path in (failure, *(path for folder in folders for path in (folder, *folder.rglob("*")))):
            os.chown(path, owner["user"], owner["group"], follow_symlinks=False)


def _signal_group(group: int, number: int) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(group, number)


def _is_empty(group: int) -> bool:
    """Whether no process of the group is left, after burying those that ended."""
    with suppress(ChildProcessError):
        while os.waitpid(-group, os.WNOHANG)[0]:
            continue
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    return False


def _copy(stream: int, kept: bytearray) -> None:
    """Piece by piece, not line by line: a progress bar has no line feeds, and a program may write gigabytes without one."""
    while piece := os.read(stream, _PIECE_BYTES):
        with suppress(OSError):  # whoever reads the log went away: the program must not wait for them
            sys.stderr.buffer.write(piece)
            sys.stderr.buffer.flush()
        kept += piece
        del kept[:-KEPT_BYTES]
