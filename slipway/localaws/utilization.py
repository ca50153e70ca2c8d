"""CPU, memory and disk of endpoint instances, from the processes of their containers (Linux: /proc)."""

from __future__ import annotations

import os
import shutil
import time
from dataclasses import dataclass
from pathlib import Path

from slipway.localaws.clock import real_seconds
from slipway.localaws.cloudwatch import metrics
from slipway.localaws.hosting.live import LiveEndpoint, Target, Unavailable, endpoints

NAMESPACE = "/aws/sagemaker/Endpoints"
SAMPLE_SECONDS = 60.0
"""Seconds of AWS's time between two samples."""
_PROC = Path("/proc")


@dataclass(frozen=True)
class Usage:
    """Of a container's processes together: CPU seconds used so far, bytes of memory."""

    cpu: float
    memory: int


_before: dict[int, tuple[float, float]] = {}
_sampled = 0.0


def job() -> bool:
    """Sample every instance when it is time. True while endpoints run."""
    global _sampled
    found = endpoints()
    if not found:
        _before.clear()
        return False
    now = time.monotonic()
    if now - _sampled >= real_seconds(SAMPLE_SECONDS):
        _sampled = now
        children = children_of_all()
        for _, _, endpoint in found:
            for state in endpoint.variants():
                _sample(endpoint, state.name, state.current, children)
    return True


def usage(pid: int, children: dict[int, list[int]]) -> Usage:
    """What a process and its descendants use; zeros for one that has ended."""
    cpu, memory, todo = 0.0, 0, [pid]
    ticks, page = os.sysconf("SC_CLK_TCK"), os.sysconf("SC_PAGE_SIZE")
    while todo:
        current = todo.pop()
        todo += children.get(current, [])
        try:
            stat = (_PROC / str(current) / "stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        cpu += (int(stat[11]) + int(stat[12])) / ticks
        memory += int(stat[21]) * page
    return Usage(cpu, memory)


def children_of_all() -> dict[int, list[int]]:
    """Children by parent process."""
    found: dict[int, list[int]] = {}
    for folder in _PROC.glob("[0-9]*"):
        try:
            parent = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
        except (OSError, IndexError):
            continue
        found.setdefault(parent, []).append(int(folder.name))
    return found


def _sample(endpoint: LiveEndpoint, variant: str, current: int, children: dict[int, list[int]]) -> None:
    """One sample for each of `current` instances, those that share a container the same: their number is what clients count by."""
    try:
        targets = endpoint.instances(variant)
    except (Unavailable, KeyError):
        return
    total = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    disk = shutil.disk_usage(Path.cwd())
    measured = [used for target in targets if (used := _container(target, children)) is not None]
    for number in range(max(current, len(measured)) if measured else 0):
        cpu, memory = measured[number % len(measured)]
        values = [
            ("CPUUtilization", cpu, "Percent"),
            ("MemoryUtilization", 100 * memory / total, "Percent"),
            ("DiskUtilization", 100 * disk.used / disk.total, "Percent"),
        ]
        dimensions = {"EndpointName": endpoint.name, "VariantName": variant}
        metrics.emit_all(endpoint.account, endpoint.region, NAMESPACE, dimensions, values)


def _container(target: Target, children: dict[int, list[int]]) -> tuple[float, int] | None:
    """Percent of one CPU since the last sample (may exceed 100, as on AWS), and bytes of memory."""
    try:
        pids = [container.pid for container in target.containers]
    except Unavailable:
        return None
    now, cpu, memory = time.monotonic(), 0.0, 0
    for pid in pids:
        used = usage(pid, children)
        before, since = _before.get(pid, (used.cpu, now - 1.0))
        _before[pid] = (used.cpu, now)
        cpu += 100 * max(0.0, used.cpu - before) / max(0.001, now - since)
        memory += used.memory
    return cpu, memory
