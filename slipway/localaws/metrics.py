"""CloudWatch metrics as they happen: one series of events per metric, with bounded memory.

A series keeps its newest KEPT events as they are, so that percentiles of them are exact; what is older is summed up by the minute
(count, sum, minimum, maximum), as CloudWatch itself does, for a day. Timestamps are those of the real clock. Everything hangs on
moto's backend of the account and region, and goes with a reset.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict, deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from moto.cloudwatch.models import cloudwatch_backends

KEPT = 20_000
"""Events that a series keeps singly."""
MINUTES = 1440
"""Minutes of sums that a series keeps."""

Dimensions = tuple[tuple[str, str], ...]


class Point(NamedTuple):
    """One event, several equal ones, or a sum of several: `low < high` only for the last kind. `time` in seconds since 1970."""

    time: float
    samples: float
    total: float
    low: float
    high: float


class Name(NamedTuple):
    """What identifies a metric. `dimensions` are sorted."""

    namespace: str
    metric: str
    dimensions: Dimensions

    @classmethod
    def of(cls, namespace: str, metric: str, dimensions: Mapping[str, str]) -> Name:
        """The name with its dimensions in order."""
        return cls(namespace, metric, tuple(sorted(dimensions.items())))


@dataclass
class Series:
    """The events of one metric. Not thread-safe: used under its store's lock."""

    unit: str = "None"
    points: deque[Point] = field(default_factory=deque)
    minutes: OrderedDict[int, Point] = field(default_factory=OrderedDict)

    def add(self, point: Point) -> None:
        """Append one event; the oldest beyond KEPT goes into its minute."""
        self.points.append(point)
        if len(self.points) > KEPT:
            self._sum_up(self.points.popleft())

    def between(self, start: float, end: float) -> list[Point]:
        """What happened from `start` on and before `end`, oldest first for what is kept singly."""
        sums = [point for point in self.minutes.values() if start <= point.time < end]
        return sums + [point for point in self.points if start <= point.time < end]

    def _sum_up(self, point: Point) -> None:
        minute = int(point.time // 60)
        if (old := self.minutes.get(minute)) is not None:
            low, high = min(old.low, point.low), max(old.high, point.high)
            point = Point(old.time, old.samples + point.samples, old.total + point.total, low, high)
        self.minutes[minute] = point
        while len(self.minutes) > MINUTES:
            self.minutes.popitem(last=False)


class Store:
    """All metrics of one account and region. Thread-safe; never takes the lock of moto's state."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._series: dict[Name, Series] = {}

    def add(self, name: Name, point: Point, unit: str = "None") -> None:
        """Keep one event."""
        with self._lock:
            series = self._series.get(name)
            if series is None:
                series = self._series[name] = Series(unit)
            series.unit = unit
            series.add(point)

    def between(self, name: Name, start: float, end: float) -> list[Point]:
        """The events of one metric from `start` on and before `end` (seconds since 1970); the dimensions must be the very same."""
        with self._lock:
            series = self._series.get(name)
            return series.between(start, end) if series else []

    def unit(self, name: Name) -> str:
        """The unit that its newest event came with; `None` for an unknown metric."""
        with self._lock:
            series = self._series.get(name)
            return series.unit if series else "None"

    def names(self) -> list[Name]:
        """Every metric that has ever had an event."""
        with self._lock:
            return list(self._series)


def store(account: str, region: str) -> Store:
    """The metrics of one account and region."""
    backend = cloudwatch_backends[account][region]
    found: Store | None = backend.__dict__.get("slipway_metrics")
    return found if found is not None else backend.__dict__.setdefault("slipway_metrics", Store())


def emit(account: str, region: str, namespace: str, metric: str, dimensions: Mapping[str, str], value: float, unit: str = "None") -> None:
    """Record one event, now. `unit` is one of CloudWatch's, such as `Count`, `Microseconds`, `Percent`."""
    store(account, region).add(Name.of(namespace, metric, dimensions), Point(time.time(), 1, value, value, value), unit)


def emit_all(account: str, region: str, namespace: str, dimensions: Mapping[str, str], values: Iterable[tuple[str, float, str]]) -> None:
    """Record one event of several metrics with the same dimensions; `values` are metric, value, unit."""
    target, now = store(account, region), time.time()
    for metric, value, unit in values:
        target.add(Name.of(namespace, metric, dimensions), Point(now, 1, value, value, value), unit)


def window(account: str, region: str, namespace: str, metric: str, dimensions: Mapping[str, str], seconds: float) -> list[float]:
    """The single values of the last `seconds` of the real clock, oldest first. Equal values put with a count come count times."""
    now = time.time()
    points = store(account, region).between(Name.of(namespace, metric, dimensions), now - seconds, now + 1)
    return [point.low for point in points if point.low == point.high for _ in range(int(point.samples))]
