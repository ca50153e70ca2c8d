"""What the container asks of Linux: how many CPUs it has, dying with one's parent, names in the process list."""

from __future__ import annotations

import contextlib
import ctypes
import math
import os
import resource
import signal
from pathlib import Path

_PR_SET_PDEATHSIG = 1
_PR_SET_NAME = 15
_MALLOC = {-8: 1, -3: 1 << 20}
"""mallopt's M_ARENA_MAX and M_MMAP_THRESHOLD."""
_libc = ctypes.CDLL(None, use_errno=True)


def vcpus() -> int:
    """CPUs this container may use: the affinity mask and the cgroup's quota, whichever is less; at least 1."""
    count = len(os.sched_getaffinity(0))
    quota = _cgroup_quota()
    return max(1, min(count, math.ceil(quota)) if quota else count)


def _cgroup_quota() -> float:
    """CPUs by the cgroup's quota (version 2, then 1), 0 without one."""
    with contextlib.suppress(OSError, ValueError):
        quota, period = Path("/sys/fs/cgroup/cpu.max").read_text().split()
        return 0.0 if quota == "max" else int(quota) / int(period)
    with contextlib.suppress(OSError, ValueError):
        folder = Path("/sys/fs/cgroup/cpu")
        quota_us = int((folder / "cpu.cfs_quota_us").read_text())
        return quota_us / int((folder / "cpu.cfs_period_us").read_text()) if quota_us > 0 else 0.0
    return 0.0


def memory_limit() -> int:
    """Bytes of memory this container may use: the cgroup's limit or the machine's memory, whichever is less."""
    machine = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    for name in ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"):
        with contextlib.suppress(OSError, ValueError):
            return min(machine, int(Path(name).read_text()))
    return machine


def resident() -> int:
    """Bytes of memory this process has in RAM, shared pages included."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def native_threads() -> int:
    """Threads of this process, those of C libraries included."""
    return len(list(Path("/proc/self/task").iterdir()))


def die_with_parent(parent: int, with_signal: int = signal.SIGKILL) -> None:
    """Let the kernel send `with_signal` to this process when its parent `parent` ends; end at once when it already has."""
    _libc.prctl(_PR_SET_PDEATHSIG, int(with_signal), 0, 0, 0)
    if os.getppid() != parent:
        os._exit(1)


def set_name(name: str) -> None:
    """The name that `ps -o comm` and /proc/PID/comm show; 15 characters at most."""
    _libc.prctl(_PR_SET_NAME, name.encode()[:15], 0, 0, 0)


def tune_malloc() -> None:
    """One arena for all threads; blocks of 1 MiB or more are mapped on their own: they grow without being copied and go back at once.

    Measured with 5 MB of CSV: 2.7 times the payload per request instead of 3.9.
    """
    for parameter, value in _MALLOC.items():
        _libc.mallopt(parameter, value)


def return_freed_memory() -> None:
    """Give freed smaller blocks back to the kernel, too; a few milliseconds."""
    _libc.malloc_trim(0)


def open_files() -> int:
    """Raise the limit of open files to the hard limit, and say how many that is."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    with contextlib.suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return resource.getrlimit(resource.RLIMIT_NOFILE)[0]
