"""How long the environment's lock has been held, as a CloudWatch metric: AWS has none of an object's or an item's age.

A deploy publishes it every minute and at its end; a run that finds the lock taken publishes the age of that lock, so the alarm also
goes off for a holder that died. Environments without the alarm publish nothing.
"""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Iterator
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

from modules._shared.published_metrics import LOCK_NAMESPACE
from slipway.deploy.holder import moment

if TYPE_CHECKING:
    from slipway.deploy.target import Target

METRIC = "LockHeldSeconds"
EVERY_SECONDS = 60.0
"""Seconds between two values while the lock is held: a period of the alarm has some."""


class LockMetric:
    """Publishes for one environment; `client` makes the CloudWatch client. A metric never stops a deploy: failures are passed over."""

    def __init__(self, client: Callable[[], Any], project: str, environment: str) -> None:
        self._client = client
        self._dimensions = [{"Name": "Project", "Value": project}, {"Name": "Environment", "Value": environment}]

    def publish(self, seconds: float) -> None:
        """One value, now."""
        from botocore.exceptions import BotoCoreError, ClientError

        datum = {"MetricName": METRIC, "Dimensions": self._dimensions, "Value": max(0.0, seconds), "Unit": "Seconds"}
        with contextlib.suppress(BotoCoreError, ClientError):
            self._client().put_metric_data(Namespace=LOCK_NAMESPACE, MetricData=[datum])

    def publish_age(self, created: str) -> None:
        """The age of a lock that somebody else holds; `created` as the lock says it."""
        then = moment(created)
        if then is not None:
            self.publish((datetime.now(timezone.utc) - then).total_seconds())

    @contextlib.contextmanager
    def while_held(self) -> Iterator[None]:
        """Publish every minute until the block ends, and then once more."""
        client = self._client()
        self._client = lambda: client  # made here: a boto3 session is not for two threads
        began, over = time.monotonic(), threading.Event()

        def beat() -> None:
            while not over.wait(EVERY_SECONDS):
                self.publish(time.monotonic() - began)

        thread = threading.Thread(target=beat, name="lock-metric", daemon=True)
        thread.start()
        try:
            yield
        finally:
            over.set()
            thread.join()
            self.publish(time.monotonic() - began)


def lock_metric(target: Target) -> LockMetric | None:
    """What publishes for this target, when its environment has the alarm on it."""
    config: Any = target.config
    observability = getattr(config, "observability", None)
    alarms = observability.alarms if observability is not None else None
    if alarms is None or alarms.state_lock.held is None:
        return None
    return LockMetric(lambda: target.client("cloudwatch"), config.project, target.name)
