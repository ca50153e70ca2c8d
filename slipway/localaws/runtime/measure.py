"""The metrics that SageMaker emits for each invocation (developer guide, "Amazon SageMaker endpoint invocation metrics").

4XX, 5XX and model errors are emitted as 0 or 1 for every request, so that their average is a rate.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from slipway.localaws import background
from slipway.localaws.clock import real_seconds
from slipway.localaws.cloudwatch import metrics
from slipway.localaws.hosting.live import LiveEndpoint

NAMESPACE = "AWS/SageMaker"
_MICRO = 1_000_000

SAMPLE_SECONDS = 10.0
"""Seconds of AWS's time between two looks at requests that last."""


@dataclass
class _UnderWay:
    """Requests that a variant of `instances` instances answers right now."""

    endpoint: LiveEndpoint
    variant: str
    instances: int
    requests: int = 0
    sampled: float = field(default_factory=time.monotonic)


_lock = threading.Lock()
_under_way: dict[tuple[str, str], _UnderWay] = {}


@contextmanager
def concurrent(endpoint: LiveEndpoint, variant: str, instances: int) -> Iterator[None]:
    """Count a request as under way; the metric ConcurrentRequestsPerModel is what an instance has at a time.

    It is emitted when a request begins, and by `job` as long as it lasts.
    """
    key = (endpoint.arn, variant)
    with _lock:
        now = _under_way.setdefault(key, _UnderWay(endpoint, variant, instances))
        now.instances = instances
        now.requests += 1
        value = now.requests / instances
    variant_metrics(endpoint, variant, [("ConcurrentRequestsPerModel", value, "Count")])
    try:
        yield
    finally:
        with _lock:
            now.requests -= 1
            if not now.requests:
                del _under_way[key]


def job() -> bool:
    """Emit ConcurrentRequestsPerModel of requests that last. True while any is under way."""
    moment = time.monotonic()
    with _lock:
        due = [now for now in _under_way.values() if moment - now.sampled >= real_seconds(SAMPLE_SECONDS)]
        for now in due:
            now.sampled = moment
        values = [(now, now.requests / now.instances) for now in due]
    for now, value in values:
        variant_metrics(now.endpoint, now.variant, [("ConcurrentRequestsPerModel", value, "Count")])
    return bool(_under_way)


def asynchronous(endpoint: LiveEndpoint, variant: str, status: int, model: float, waited: float, total: float) -> None:
    """One asynchronous request that reached a container; times in seconds.

    Developer guide, "Alarms and logs for tracking metrics from asynchronous endpoints": an exhaustive list, without Invocations,
    InvocationsPerInstance and OverheadLatency.
    """
    bad, failed = 400 <= status < 500, status == 0 or status >= 500
    values = [
        ("Invocation4XXErrors", float(bad), "Count"),
        ("Invocation5XXErrors", float(failed), "Count"),
        ("ModelLatency", model * _MICRO, "Microseconds"),
        ("InvocationsProcessed", 1.0, "Count"),
        ("InvocationFailures", float(bad or failed), "Count"),
        ("TimeInBacklog", waited * 1000, "Milliseconds"),
        ("TotalProcessingTime", total * 1000, "Milliseconds"),
    ]
    variant_metrics(endpoint, variant, values)


def invocation(endpoint: LiveEndpoint, variant: str, instances: int, status: int, model: float | None, overhead: float) -> None:
    """One request that reached a variant of `instances` instances.

    `status` is the container's: 200 to 599, or 0 for no answer, which counts as 5XX. `model` and `overhead` in seconds; `model`
    None when the container was not reached.
    """
    bad, failed = 400 <= status < 500, status == 0 or status >= 500
    values = [
        ("Invocations", 1.0, "Count"),
        ("InvocationsPerInstance", 1.0 / max(1, instances), "Count"),
        ("Invocation4XXErrors", float(bad), "Count"),
        ("Invocation5XXErrors", float(failed), "Count"),
        ("InvocationModelErrors", float(bad or failed), "Count"),
        ("OverheadLatency", overhead * _MICRO, "Microseconds"),
    ]
    if model is not None:
        values.append(("ModelLatency", model * _MICRO, "Microseconds"))
    variant_metrics(endpoint, variant, values)


def variant_metrics(endpoint: LiveEndpoint, variant: str, values: list[tuple[str, float, str]]) -> None:
    """Emit several metrics of one variant, as metric, value, unit."""
    dimensions = {"EndpointName": endpoint.name, "VariantName": variant}
    metrics.emit_all(endpoint.account, endpoint.region, NAMESPACE, dimensions, values)
    background.wake()


def endpoint_metrics(endpoint: LiveEndpoint, values: list[tuple[str, float, str]]) -> None:
    """Emit several metrics that have the endpoint's name only."""
    metrics.emit_all(endpoint.account, endpoint.region, NAMESPACE, {"EndpointName": endpoint.name}, values)
    background.wake()
