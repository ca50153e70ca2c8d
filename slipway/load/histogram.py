"""Latencies as HdrHistograms: exact to three digits from 1 microsecond to an hour, and merged over processes without loss."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any

LARGEST = 3_600_000_000
"""Microseconds that a histogram can hold: an hour. What is longer counts as an hour."""
_DIGITS = 3
SHARES = {"p50": 50.0, "p90": 90.0, "p95": 95.0, "p99": 99.0, "p99_9": 99.9}
"""Percentiles of every report."""


class Latencies:
    """Times in seconds, kept in microseconds."""

    def __init__(self, encoded: Iterable[bytes | str] = ()) -> None:
        """Empty, or the sum of histograms that `encode` gave."""
        from hdrh.histogram import HdrHistogram

        self._histogram: Any = HdrHistogram(1, LARGEST, _DIGITS)
        for text in encoded:
            self._histogram.decode_and_add(text)

    def __len__(self) -> int:
        return int(self._histogram.get_total_count())

    def add(self, seconds: float) -> None:
        """Record one time."""
        self._histogram.record_value(min(LARGEST, max(1, round(seconds * 1_000_000))))

    def encode(self) -> bytes:
        """The histogram in HdrHistogram's own compressed format, base64: any HdrHistogram tool reads it."""
        encoded: bytes = self._histogram.encode()
        return encoded

    def percentile(self, share: float) -> float:
        """Milliseconds that `share` (0 to 100) of the values do not exceed; 0 when there are none."""
        return float(self._histogram.get_value_at_percentile(share)) / 1000 if len(self) else 0.0

    def summary(self) -> dict[str, float]:
        """Count, mean, largest and the usual percentiles; times in milliseconds."""
        if not len(self):
            return {"count": 0, "mean": 0.0, **dict.fromkeys(SHARES, 0.0), "max": 0.0}
        times = {name: self.percentile(share) for name, share in SHARES.items()}
        return {"count": len(self), "mean": round(self._histogram.get_mean_value() / 1000, 3), **times, "max": self.percentile(100.0)}

    def curve(self) -> list[tuple[float, float]]:
        """Points (percentile, milliseconds), denser and denser towards 100, for a plot."""
        shares = [0.0, *(100 - 100 / 10 ** (step / 10) for step in range(1, 51))]
        largest = 100 - 100 / max(2, len(self))
        return [(share, self.percentile(share)) for share in shares if share <= largest] if len(self) else []


def bucket(seconds: float) -> int:
    """Microseconds to within 0.8 %: the coarse buckets that are kept for each second of a test."""
    value = max(1, round(seconds * 1_000_000))
    shift = max(0, value.bit_length() - 7)
    return (value >> shift) << shift


def coarse_percentile(buckets: Counter[int], share: float) -> float | None:
    """Milliseconds that `share` (0 to 100) of bucketed values do not exceed; None when there are none."""
    left = share / 100 * sum(buckets.values())
    for value in sorted(buckets):
        left -= buckets[value]
        if left <= 1e-9:
            return value / 1000
    return None
