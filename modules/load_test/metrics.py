"""The metrics of a load test: names, dimensions and units, and the data that carry many requests each. Pure: runs in Lambda too.

StatusSuccess, StatusError, TestSuccess and TestFail are 1 or 0 for every request, so that their Sum is a number of requests and
their Average a rate, as with SageMaker's own error metrics. ResponseTime runs from the moment a request was due to the last byte of
its answer, in milliseconds with three significant digits. Everything is published twice: for each case, and for all together.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import Any

NAMESPACE = "Slipway/LoadTest"
RESPONSE_TIME = "ResponseTime"
STATUS_SUCCESS, STATUS_ERROR, TEST_SUCCESS, TEST_FAIL = "StatusSuccess", "StatusError", "TestSuccess", "TestFail"
COUNTS = (STATUS_SUCCESS, STATUS_ERROR, TEST_SUCCESS, TEST_FAIL)
DIMENSIONS = ("Environment", "Target", "TestCase")
MAX_VALUES = 150
"""Different values that one datum of PutMetricData may hold."""


def dimensions(environment: str, target: str, case: str | None = None) -> dict[str, str]:
    """Dimensions of one case, or of all cases together."""
    found = {"Environment": environment, "Target": target}
    return found if case is None else {**found, "TestCase": case}


def rounded(milliseconds: float) -> float:
    """Three significant digits: at most half a percent off, and few enough different values."""
    if milliseconds <= 0:
        return 0.0
    return round(milliseconds, 2 - math.floor(math.log10(milliseconds)))


@dataclass
class Tally:
    """What became of some requests: response times (milliseconds -> how often) and how many were successful, and as expected."""

    times: Counter[float] = field(default_factory=Counter)
    requests: int = 0
    status_success: int = 0
    test_success: int = 0

    def add(self, milliseconds: float, *, status_success: bool, test_success: bool) -> None:
        """One request."""
        self.times[rounded(milliseconds)] += 1
        self.requests += 1
        self.status_success += status_success
        self.test_success += test_success

    def merge(self, other: Tally) -> None:
        """Add the requests of another tally."""
        self.times.update(other.times)
        self.requests += other.requests
        self.status_success += other.status_success
        self.test_success += other.test_success

    def counts(self) -> dict[str, int]:
        """The four counts by their metrics' names."""
        failed, differing = self.requests - self.status_success, self.requests - self.test_success
        return dict(zip(COUNTS, (self.status_success, failed, self.test_success, differing), strict=True))

    def percentile(self, share: float) -> float:
        """The smallest response time that `share` (0 to 1) of the requests do not exceed, in milliseconds; 0 without requests."""
        left = max(1, math.ceil(share * self.requests))
        for value, count in sorted(self.times.items()):
            left -= count
            if left <= 0:
                return value
        return 0.0

    def data(self, second: int, where: Mapping[str, str]) -> Iterator[dict[str, Any]]:
        """Entries of PutMetricData for requests answered in one second (since 1970)."""
        base = {
            "Dimensions": [{"Name": name, "Value": value} for name, value in where.items()],
            "Timestamp": datetime.fromtimestamp(second, timezone.utc),
            "StorageResolution": 1,
        }
        times = sorted(self.times.items())
        for first in range(0, len(times), MAX_VALUES):
            part = times[first : first + MAX_VALUES]
            values, counts = [value for value, _ in part], [float(count) for _, count in part]
            yield {**base, "MetricName": RESPONSE_TIME, "Unit": "Milliseconds", "Values": values, "Counts": counts}
        for metric, count in self.counts().items():
            both = [(value, float(number)) for value, number in ((1.0, count), (0.0, self.requests - count)) if number]
            yield {**base, "MetricName": metric, "Unit": "Count", "Values": [v for v, _ in both], "Counts": [n for _, n in both]}
