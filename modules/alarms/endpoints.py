"""Rows of the alarms on one endpoint. Pure: loads no toolkit."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from modules._shared.deployed import DeployedEndpoint, DeployedVariant
from modules._shared.naming import Naming
from modules._shared.published_metrics import INSTANCE, INVOCATION
from modules.alarms.kinds import Alarm
from modules.alarms.rows import BELOW, Metric, Row, alarm_name
from modules.alarms.spec import AlarmGroup

_UTILIZATION = {
    "cpu_utilization": "CPUUtilization",
    "memory_utilization": "MemoryUtilization",
    "disk_utilization": "DiskUtilization",
    "gpu_memory_utilization": "GPUMemoryUtilization",
}
_QUEUE = {"backlog_age": "ApproximateAgeOfOldestRequest", "backlog_without_capacity": "HasBacklogWithoutCapacity"}
_FAILURES = {"invocation_failures": "InvocationFailures", "response_upload_failures": "ResponseUploadFailures"}


def endpoint_rows(naming: Naming, endpoint: DeployedEndpoint, alarms: AlarmGroup) -> Iterator[Row]:
    """The alarms that are on and that the endpoint can have; those of the queue once, the others for each variant."""
    for option, spec in alarms.enabled().items():
        if option in _QUEUE:
            yield _queue_row(naming, endpoint, option, spec)
            continue
        for variant in endpoint.variants:
            found = _BUILDERS[option](endpoint, variant, option, spec)
            if found is not None:
                metric, threshold, text, more = found
                yield Row(
                    id=f"{endpoint.key}_{variant.name}_{option}",
                    name=alarm_name(naming, endpoint.key, variant.name, option.replace("_", "-")),
                    description=f"{text}, variant {variant.name} of endpoint {endpoint.name}.",
                    metric=metric,
                    threshold=threshold,
                    spec=spec,
                    **more,
                )


_Found = tuple[Metric, float, str, dict[str, Any]] | None
_Builder = Callable[[DeployedEndpoint, DeployedVariant, str, Any], _Found]


def _queue_row(naming: Naming, endpoint: DeployedEndpoint, option: str, spec: Any) -> Row:
    threshold, text = 1.0, "Requests wait while no instance runs"
    if option == "backlog_age":
        threshold, text = spec.threshold, f"Requests wait {spec.threshold} s or longer"
    return Row(
        id=f"{endpoint.key}_{option}",
        name=alarm_name(naming, endpoint.key, option.replace("_", "-")),
        description=f"{text}, endpoint {endpoint.name}.",
        metric=Metric(INVOCATION, _QUEUE[option], {"EndpointName": endpoint.name}, "Maximum", endpoint.hosting),
        threshold=threshold,
        spec=spec,
    )


def _metric(endpoint: DeployedEndpoint, variant: DeployedVariant, namespace: str, name: str, statistic: str) -> Metric:
    dimensions = {"EndpointName": endpoint.name, "VariantName": variant.name}
    return Metric(namespace, name, dimensions, statistic, endpoint.hosting)


def _client_errors(endpoint: DeployedEndpoint, variant: DeployedVariant, _: str, spec: Any) -> _Found:
    metric = _metric(endpoint, variant, INVOCATION, "Invocation4XXErrors", "Average")
    return metric, spec.threshold, f"{spec.threshold:.0%} or more of all requests are refused", {}


def _overhead(endpoint: DeployedEndpoint, variant: DeployedVariant, _: str, spec: Any) -> _Found:
    metric = _metric(endpoint, variant, INVOCATION, "OverheadLatency", spec.extended_statistic)
    return metric, spec.threshold, f"Overhead {spec.extended_statistic} at or above {spec.threshold:.10g} microseconds", {}


def _utilization(endpoint: DeployedEndpoint, variant: DeployedVariant, option: str, spec: Any) -> _Found:
    """CPUUtilization adds up the vCPUs and GPUMemoryUtilization the GPUs, 0 to 100 each: the threshold is of all of them."""
    units = {"cpu_utilization": variant.vcpus, "gpu_memory_utilization": variant.gpus}.get(option, 1)
    if not units:
        return None
    metric = _metric(endpoint, variant, INSTANCE, _UTILIZATION[option], "Average")
    return metric, spec.threshold * units, f"{metric.name} at or above {spec.threshold:.10g} % of the machine", {}


def _data_capture(endpoint: DeployedEndpoint, variant: DeployedVariant, _: str, spec: Any) -> _Found:
    if not endpoint.captures:
        return None
    metric = _metric(endpoint, variant, INSTANCE, "DiskUtilization", "Maximum")
    return metric, spec.threshold, f"The disk is {spec.threshold:.10g} % full: data capture stops", {}


def _at_max(endpoint: DeployedEndpoint, variant: DeployedVariant, *_: Any) -> _Found:
    if not variant.scales or variant.max_capacity is None:
        return None
    metric = _metric(endpoint, variant, INSTANCE, "CPUUtilization", "SampleCount")
    return metric, float(variant.max_capacity), f"Autoscaling runs its maximum of {variant.max_capacity} instances", {}


def _no_invocations(endpoint: DeployedEndpoint, variant: DeployedVariant, _: str, spec: Alarm) -> _Found:
    if not variant.weight:
        return None
    name = "InvocationsProcessed" if endpoint.hosting == "asynchronous" else "Invocations"
    hours = spec.period * spec.evaluation_periods / 3600
    return _metric(endpoint, variant, INVOCATION, name, "Sum"), 1.0, f"No request for {hours:.4g} h", {"comparison": BELOW}


def _failures(endpoint: DeployedEndpoint, variant: DeployedVariant, option: str, spec: Any) -> _Found:
    metric = _metric(endpoint, variant, INVOCATION, _FAILURES[option], "Sum")
    return metric, spec.threshold, f"{metric.name} at or above {spec.threshold:.10g}", {}


def _concurrency(endpoint: DeployedEndpoint, variant: DeployedVariant, _: str, spec: Any) -> _Found:
    metric = _metric(endpoint, variant, INVOCATION, "ServerlessConcurrentExecutionsUtilization", "Maximum")
    return metric, spec.threshold, f"{spec.threshold:.0%} of max_concurrency in use", {}


_BUILDERS: Mapping[str, _Builder] = {
    "invocation_4xx_errors": _client_errors,
    "overhead_latency": _overhead,
    **dict.fromkeys(_UTILIZATION, _utilization),
    "data_capture_failures": _data_capture,
    "autoscaling_at_max": _at_max,
    "no_invocations": _no_invocations,
    **dict.fromkeys(_FAILURES, _failures),
    "concurrency_utilization": _concurrency,
}
