"""Statistics of CloudWatch over the events of one period: the five plain ones, percentiles, trimmed means and percentile ranks."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from slipway.localaws.cloudwatch.metrics import Point

_PERCENTILE = re.compile(r"p(\d{1,2}(?:\.\d{1,10})?|100)")
_TRIMMED = re.compile(r"tm(\d{1,2}(?:\.\d{1,10})?|100)|(IQM)")
_RANK = re.compile(r"PR\((\d*\.?\d*):(\d*\.?\d*)\)")
NARROW = 0.021
"""Relative width up to which values that were summed up still count for percentiles."""
PLAIN = ("SampleCount", "Average", "Sum", "Minimum", "Maximum")


def is_statistic(name: str) -> bool:
    """Whether the local AWS computes it: SampleCount, Average, Sum, Minimum, Maximum, p0 to p100, tm0 to tm100, IQM or PR(low:high)."""
    return name in PLAIN or any(form.fullmatch(name) for form in (_PERCENTILE, _TRIMMED, _RANK))


def statistic(name: str, points: Sequence[Point]) -> float | None:
    """One statistic of one period's events; None when there are none, or no single values for a percentile."""
    if not points:
        return None
    if match := _PERCENTILE.fullmatch(name):
        return percentile(float(match.group(1)), points)
    if match := _TRIMMED.fullmatch(name):
        return trimmed_mean(25, 75, points) if match.group(2) else trimmed_mean(0, float(match.group(1)), points)
    if match := _RANK.fullmatch(name):
        return percentile_rank(float(match.group(1) or "-inf"), float(match.group(2) or "inf"), points)
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
    single = _single(points)
    if not single:
        return None
    rank, seen = percent / 100 * sum(count for _, count in single), 0.0
    for value, count in single:
        seen += count
        if seen >= rank:
            return value
    return single[-1][0]


def trimmed_mean(low: float, high: float, points: Iterable[Point]) -> float | None:
    """The mean of the single values between two percentiles."""
    single = _single(points)
    total = sum(count for _, count in single)
    first, last, seen, inside, taken = low / 100 * total, high / 100 * total, 0.0, 0.0, 0.0
    for value, count in single:
        part = max(0.0, min(seen + count, last) - max(seen, first))
        inside, taken, seen = inside + part * value, taken + part, seen + count
    return inside / taken if taken else None


def percentile_rank(low: float, high: float, points: Iterable[Point]) -> float | None:
    """How many percent of the single values are above `low` and at most `high`."""
    single = _single(points)
    total = sum(count for _, count in single)
    return 100 * sum(count for value, count in single if low < value <= high) / total if total else None


def _single(points: Iterable[Point]) -> list[tuple[float, float]]:
    """Values and how often each came, in order; a sum of values within 2 % counts as so many times their mean (metrics.py)."""
    return sorted((point.total / point.samples, point.samples) for point in points if point.samples and _is_narrow(point))


def _is_narrow(point: Point) -> bool:
    return point.low == point.high or (
        point.low * point.high > 0 and abs(point.high - point.low) <= NARROW * abs(point.low + point.high) / 2
    )


def by_period(points: Iterable[Point], start: float, period: float) -> dict[int, list[Point]]:
    """Events by the number of their period, counted from `start`; both in seconds."""
    found: dict[int, list[Point]] = {}
    for point in points:
        found.setdefault(int((point.time - start) // period), []).append(point)
    return found
