"""The metrics that SageMaker emits for each invocation (developer guide, "Amazon SageMaker endpoint invocation metrics").

4XX, 5XX and model errors are emitted as 0 or 1 for every request, so that their average is a rate.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from slipway.localaws import background, metrics
from slipway.localaws.hosting.live import LiveEndpoint

NAMESPACE = "AWS/SageMaker"
_MICRO = 1_000_000

_lock = threading.Lock()
_running: Counter[tuple[str, str]] = Counter()


@contextmanager
def concurrent(endpoint: LiveEndpoint, variant: str, instances: int) -> Iterator[None]:
    """Count a request as under way; the metric ConcurrentRequestsPerModel is what an instance has at a time."""
    key = (endpoint.arn, variant)
    with _lock:
        _running[key] += 1
        now = _running[key]
    try:
        variant_metrics(endpoint, variant, [("ConcurrentRequestsPerModel", now / instances, "Count")])
        yield
    finally:
        with _lock:
            _running[key] -= 1


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
