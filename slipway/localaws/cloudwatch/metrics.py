"""CloudWatch metrics as they happen: one series of events per metric, with bounded memory.

A series keeps its newest KEPT events as they are, so that percentiles of them are exact. What is older is summed up by the minute, for
a day: first each range of values that lie within 2 % (sums stay exact, percentiles are right to 1 %), and when there are too many of
those, all values of the minute. Timestamps are those of the real clock. Everything hangs on
moto's backend of the account and region, and goes with a reset.
"""

from __future__ import annotations

import math
import threading
import time
from collections import OrderedDict, deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from moto.cloudwatch.models import cloudwatch_backends

KEPT = 20_000
"""Events that a series keeps singly, and sums of ranges that it keeps besides."""
MINUTES = 1440
"""Minutes of sums that a series keeps."""
_WIDTH = math.log(1.02)

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
    minutes: OrderedDict[int, dict[int | None, Point]] = field(default_factory=OrderedDict)
    """Sums by minute and range of values; None is the range of everything."""
    _ranges: int = 0

    def add(self, point: Point) -> None:
        """Append one event; the oldest beyond KEPT goes into its minute."""
        self.points.append(point)
        if len(self.points) > KEPT:
            self._sum_up(self.points.popleft())

    def between(self, start: float, end: float) -> list[Point]:
        """What happened from `start` on and before `end`, oldest first for what is kept singly."""
        sums = [point for ranges in self.minutes.values() for point in ranges.values() if start <= point.time < end]
        return sums + [point for point in self.points if start <= point.time < end]

    def _sum_up(self, point: Point) -> None:
        ranges = self.minutes.setdefault(int(point.time // 60), {})
        key = None if None in ranges or point.low != point.high else _range(point.low)
        before = len(ranges)
        ranges[key] = _sum([ranges[key], point]) if key in ranges else point
        self._ranges += len(ranges) - before
        if self._ranges > KEPT:
            self._flatten()
        while len(self.minutes) > MINUTES:
            self._ranges -= len(self.minutes.popitem(last=False)[1])

    def _flatten(self) -> None:
        """One sum for the oldest minute that still has several."""
        for minute, ranges in self.minutes.items():
            if len(ranges) > 1:
                self._ranges -= len(ranges) - 1
                self.minutes[minute] = {None: _sum(list(ranges.values()))}
                return


def _range(value: float) -> int:
    """The number of the range that a value is in; ranges are 2 % wide, and each side of zero has its own."""
    if value == 0 or not math.isfinite(value):
        return 0
    number = 100_000 + math.floor(math.log(abs(value)) / _WIDTH)
    return number if value > 0 else -number


def _sum(points: Sequence[Point]) -> Point:
    return Point(
        points[0].time,
        sum(point.samples for point in points),
        sum(point.total for point in points),
        min(point.low for point in points),
        max(point.high for point in points),
    )


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
