"""Puts what the testers measure into CloudWatch, every few seconds and beside the sending."""

from __future__ import annotations

import itertools
import threading
from collections import defaultdict
from collections.abc import Callable
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from modules.load_test.function.settings import Settings
from modules.load_test.metrics import NAMESPACE, Tally, dimensions

EVERY_SECONDS = 5.0
BATCH = 500
"""Data in one PutMetricData (CloudWatch: at most 1000, and 1 MB)."""

Log = Callable[..., None]


class Publisher:
    """Counts requests and publishes them; use as a context manager, whose end publishes the rest.

    `unpublished` is the number of requests that CloudWatch never took.
    """

    def __init__(self, settings: Settings, log: Log) -> None:
        config = Config(connect_timeout=3, read_timeout=5, retries={"total_max_attempts": 3, "mode": "standard"})
        self._client = boto3.client("cloudwatch", region_name=settings.region, config=config)
        self._settings = settings
        self._log = log
        self._lock = threading.Lock()
        self._waiting: dict[tuple[str, int], Tally] = defaultdict(Tally)
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._publish_regularly, daemon=True)
        self.total: dict[str, Tally] = defaultdict(Tally)
        self.unpublished = 0

    def __enter__(self) -> Publisher:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()
        self._publish()
        self.unpublished = sum(tally.requests for tally in self._waiting.values())
        self._client.close()

    def add(self, case: str, second: int, milliseconds: float, *, status_success: bool, test_success: bool) -> None:
        """One request, answered in `second` (since 1970)."""
        with self._lock:
            for tally in (self.total[case], self._waiting[case, second]):
                tally.add(milliseconds, status_success=status_success, test_success=test_success)

    def _publish_regularly(self) -> None:
        while not self._ended.wait(EVERY_SECONDS):
            self._publish()

    def _publish(self) -> None:
        """What waits; what CloudWatch does not take waits for the next time."""
        with self._lock:
            taken, self._waiting = self._waiting, defaultdict(Tally)
        for part in _batches(sorted(taken)):
            try:
                self._put({key: taken[key] for key in part})
            except (ClientError, BotoCoreError) as error:
                self._log("metrics_not_taken", error=type(error).__name__, requests=sum(taken[key].requests for key in part))
                with self._lock:
                    for key in part:
                        self._waiting[key].merge(taken[key])

    def _put(self, tallies: dict[tuple[str, int], Tally]) -> None:
        together: dict[int, Tally] = defaultdict(Tally)
        data: list[dict[str, Any]] = []
        where = (self._settings.environment, self._settings.target)
        for (case, second), tally in tallies.items():
            together[second].merge(tally)
            data += tally.data(second, dimensions(*where, case))
        for second, tally in together.items():
            data += tally.data(second, dimensions(*where))
        self._client.put_metric_data(Namespace=NAMESPACE, MetricData=data)


def _batches(keys: list[tuple[str, int]]) -> list[list[tuple[str, int]]]:
    """Keys in parts that make at most BATCH data: five for each key, ten while its second stands alone, and a few for many values."""
    size = BATCH // 12
    return [list(itertools.islice(keys, first, first + size)) for first in range(0, len(keys), size)]
