"""Statistics of CloudWatch over the events of one period: the five plain ones, and percentiles."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from slipway.localaws.metrics import Point

_PERCENTILE = re.compile(r"p(\d{1,2}(?:\.\d{1,10})?|100)")
PLAIN = ("SampleCount", "Average", "Sum", "Minimum", "Maximum")


def is_statistic(name: str) -> bool:
    """Whether the local AWS computes it: SampleCount, Average, Sum, Minimum, Maximum, or p0 to p100."""
    return name in PLAIN or _PERCENTILE.fullmatch(name) is not None


def statistic(name: str, points: Sequence[Point]) -> float | None:
    """One statistic of one period's events; None when there are none, or no single values for a percentile."""
    if not points:
        return None
    if match := _PERCENTILE.fullmatch(name):
        return percentile(float(match.group(1)), points)
    count, total = sum(point.samples for point in points), sum(point.total for point in points)
    return {
        "SampleCount": count,
        "Sum": total,
        "Average": total / count if count else None,
        "Minimum": min(point.low for point in points),
        "Maximum": max(point.high for point in points),
    }[name]


def percentile(percent: float, points: Iterable[Point]) -> float | None:
    """The value below which `percent` of the single values lie, by the nearest rank. Sums of several values have none, as on AWS."""
    single = sorted((point.low, point.samples) for point in points if point.low == point.high)
    if not single:
        return None
    rank, seen = percent / 100 * sum(count for _, count in single), 0.0
    for value, count in single:
        seen += count
        if seen >= rank:
            return value
    return single[-1][0]


def by_period(points: Iterable[Point], start: float, period: float) -> dict[int, list[Point]]:
    """Events by the number of their period, counted from `start`; both in seconds."""
    found: dict[int, list[Point]] = {}
    for point in points:
        found.setdefault(int((point.time - start) // period), []).append(point)
    return found
