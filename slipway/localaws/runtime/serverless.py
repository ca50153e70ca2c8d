"""Serverless variants: cold starts, MaxConcurrency, the smaller payload limit."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from slipway.localaws.hosting.live import LiveEndpoint, Target, Unavailable
from slipway.localaws.runtime import measure
from slipway.localaws.runtime.errors import ModelNotReadyException, ThrottlingException, ValidationError

LARGEST_BODY = 4 * 1024 * 1024
"""Bytes of a request to a serverless endpoint."""

_lock = threading.Lock()
_running: Counter[tuple[str, str]] = Counter()


@dataclass
class Setup:
    """How long a cold start took, in real seconds; 0.0 when the container was warm."""

    seconds: float = 0.0


@contextmanager
def admitted(endpoint: LiveEndpoint, target: Target, size: int) -> Iterator[Setup]:
    """Let a request of `size` bytes in; for a variant on instances there is nothing to do.

    Raises ThrottlingException above MaxConcurrency, ValidationError for a payload over 4 MB, ModelNotReadyException when the
    container does not come up.
    """
    if not target.serverless:
        yield Setup()
        return
    if size > LARGEST_BODY:
        raise ValidationError(f"Request payload of {size} bytes is larger than the {LARGEST_BODY} bytes of a serverless endpoint.")
    config = _config(endpoint, target)
    limit = int(config["MaxConcurrency"])
    key = (endpoint.arn, target.variant)
    with _lock:
        if _running[key] >= limit:
            raise ThrottlingException(f"Rate exceeded: variant {target.variant} runs {limit} requests at a time.")
        _running[key] += 1
        used = _running[key]
    try:
        measure.variant_metrics(endpoint, target.variant, _utilization(config, used))
        yield Setup(_warm(endpoint, target))
    finally:
        with _lock:
            _running[key] -= 1


def running(endpoint: LiveEndpoint, variant: str) -> int:
    """Requests that a serverless variant answers right now."""
    with _lock:
        return _running[(endpoint.arn, variant)]


def _config(endpoint: LiveEndpoint, target: Target) -> Mapping[str, int]:
    """ServerlessConfig as UpdateEndpointWeightsAndCapacities left it; a new configuration's own while it is rolled out."""
    given: dict[str, int] = target.spec["ServerlessConfig"]
    now = next((state for state in endpoint.variants() if state.name == target.variant), None)
    return {**given, **now.serverless} if now and now.spec == target.spec else given


def _utilization(config: Mapping[str, int], used: int) -> list[tuple[str, float, str]]:
    values = [("ServerlessConcurrentExecutionsUtilization", used / config["MaxConcurrency"], "None")]
    if provisioned := config.get("ProvisionedConcurrency"):
        values.append(("ServerlessProvisionedConcurrencyExecutions", float(min(used, provisioned)), "Count"))
        values.append(("ServerlessProvisionedConcurrencyUtilization", min(used, provisioned) / provisioned, "None"))
        values.append(("ServerlessProvisionedConcurrencySpilloverInvocations", float(used > provisioned), "Count"))
    return values


def _warm(endpoint: LiveEndpoint, target: Target) -> float:
    try:
        seconds = target.ensure_warm()
    except Unavailable as failed:
        raise ModelNotReadyException(f"Variant {target.variant} did not start: {failed.reason}") from None
    if seconds:
        measure.variant_metrics(endpoint, target.variant, [("ModelSetupTime", seconds * 1_000_000, "Microseconds")])
    return seconds
