"""CPU and memory of a job's containers, over their whole life so far."""

from __future__ import annotations

import os
import time
from pathlib import Path

from slipway.localaws.utilization import children_of_all, usage

Sample = list[tuple[str, float, str]]


def sample(pids: list[int]) -> Sample:
    """Percent of one CPU since the processes began (may exceed 100, as on AWS), percent of the machine's memory."""
    children = children_of_all()
    cpu, memory, seconds = 0.0, 0, 0.001
    for pid in pids:
        used = usage(pid, children)
        cpu, memory, seconds = cpu + used.cpu, memory + used.memory, max(seconds, _age(pid))
    total = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    return [("CPUUtilization", 100 * cpu / seconds, "Percent"), ("MemoryUtilization", 100 * memory / total, "Percent")]


def _age(pid: int) -> float:
    """Seconds since a process began; 0 for one that has ended."""
    try:
        fields = (Path("/proc") / str(pid) / "stat").read_text().rpartition(")")[2].split()
        uptime = float(Path("/proc/uptime").read_text().split()[0])
    except (OSError, ValueError):
        return 0.0
    return max(0.0, min(uptime - int(fields[19]) / os.sysconf("SC_CLK_TCK"), time.monotonic()))
