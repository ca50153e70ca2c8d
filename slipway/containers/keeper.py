"""Holds one container's processes together, as the kernel does for a real container. Run as `python -I -S keeper.py STATUS ARGV...`.

A process of its own, so that nothing depends on which thread of the launcher started it or whether the launcher still lives:

- the container's main process is its child, in a process group of its own; orphans of the container come to the keeper (sub-reaper);
- SIGTERM is passed to the main process alone, as `docker stop` does;
- when the main process ends, every process that is left is killed and the keeper exits with its code (128 + n for signal n);
- when standard input ends, because the launcher closed it or died, everything is killed at once;
- standard output is the container's log: the disk space of all but its last 64 MiB is given back now and then.

STATUS is the number of a file descriptor that receives the main process's id and a line feed. Standard library only.
"""

from __future__ import annotations

import ctypes
import os
import select
import signal
import stat
import sys
from types import FrameType

_PR_SET_PDEATHSIG, _PR_SET_CHILD_SUBREAPER = 1, 36
_NOT_STARTED = 127
_KILLED = 128 + signal.SIGKILL
_MIB = 1024 * 1024
_LOG_KEPT, _LOG_SLACK, _LOG_LOOK = 64 * _MIB, 16 * _MIB, 2.0
"""Bytes of the log that stay, bytes more from which on it is worth cutting, seconds between two looks."""
_FALLOC_FL_PUNCH_HOLE_KEEP_SIZE = 0x03


def main(status: int, argv: list[str]) -> int:
    """Start `argv`, report its id to `status`, keep it until it ends; its exit code."""
    os.set_inheritable(status, False)
    _prctl(_PR_SET_CHILD_SUBREAPER, 1)
    reading, writing = os.pipe()
    for descriptor in (reading, writing):
        os.set_blocking(descriptor, False)
    signal.set_wakeup_fd(writing, warn_on_full_buffer=False)
    signal.signal(signal.SIGCHLD, _ignore)
    child = _start(argv)
    _forward_to(child)
    _spare()
    os.write(status, b"%d\n" % child)
    os.close(status)
    code = None
    while code is None:
        ready = select.select([0, reading], [], [], _LOG_LOOK)[0]
        if reading in ready:
            os.read(reading, 4096)
        if 0 in ready and not os.read(0, 4096):
            code = _KILLED
        code = _reap(child) if code is None else code
        trim(1)
    _kill_all(child)
    return code


def _start(argv: list[str]) -> int:
    child = os.fork()
    if child:
        return child
    try:
        os.setpgid(0, 0)
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)
        _prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        nothing = os.open(os.devnull, os.O_RDONLY)
        os.dup2(nothing, 0)
        os.execvp(argv[0], argv)  # noqa: S606 - a container's own command, without a shell
    except OSError as error:
        os.write(2, f"cannot start {argv[0]}: {error}\n".encode())
    os._exit(_NOT_STARTED)


def _spare() -> None:
    """Ask the kernel not to choose this process when memory runs out (allowed to root only): the container is what to kill."""
    try:
        with open("/proc/self/oom_score_adj", "w") as score:  # noqa: PTH123 - pathlib takes 10 ms to import
            score.write("-999")
    except OSError:
        return


def trim(log: int) -> None:
    """Put a hole where the beginning of a long log was: it takes no disk space then, and every writer's and reader's offset stays right.

    On Linux with ext4, XFS, Btrfs or tmpfs; elsewhere the log grows as long as the container writes.
    """
    facts = os.fstat(log)
    if sys.platform == "linux" and stat.S_ISREG(facts.st_mode) and facts.st_blocks * 512 > _LOG_KEPT + _LOG_SLACK:
        start, length = ctypes.c_int64(0), ctypes.c_int64((facts.st_size - _LOG_KEPT) // _MIB * _MIB)
        ctypes.CDLL(None, use_errno=True).fallocate(log, _FALLOC_FL_PUNCH_HOLE_KEEP_SIZE, start, length)


def _ignore(_number: int, _frame: FrameType | None) -> None:
    """The wake-up file descriptor tells of the signal."""


def _forward_to(child: int) -> None:
    def forward(number: int, _frame: FrameType | None) -> None:
        _send(child, number)

    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, forward)


def _reap(child: int) -> int | None:
    """Collect every child that ended; the exit code when the main process is among them."""
    code = None
    while True:
        try:
            ended, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return code
        if ended == 0:
            return code
        if ended == child:
            code = os.waitstatus_to_exitcode(status)
            code = 128 - code if code < 0 else code


def _kill_all(group: int) -> None:
    """Kill until no descendant is left: killed parents hand their children to this process."""
    while True:
        for process in (-group, *_children()):
            _send(process, signal.SIGKILL)
        try:
            os.waitpid(-1, 0)
        except ChildProcessError:
            return


def _send(process: int, number: int) -> None:
    """Signal a process, or the group -`process`; fine when it is gone."""
    try:
        os.kill(process, number)
    except (ProcessLookupError, PermissionError):
        return


def _children() -> list[int]:
    """Ids of this process's children (Linux); elsewhere the process group has to do."""
    own, found = os.getpid(), []
    for name in os.listdir("/proc") if os.path.isdir("/proc/self") else []:  # noqa: PTH112, PTH208 - pathlib takes 10 ms to import
        if name.isdigit():
            try:
                with open(f"/proc/{name}/stat", "rb") as stream:  # noqa: PTH123
                    parent = int(stream.read().rpartition(b")")[2].split()[1])
            except OSError:
                continue
            if parent == own:
                found.append(int(name))
    return found


def _prctl(option: int, value: int) -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(option, value, 0, 0, 0)


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]), sys.argv[2:]))
