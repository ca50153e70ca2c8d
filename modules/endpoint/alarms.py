"""The alarms that roll an update back: server errors and latency of each variant."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from constructs import Construct

from modules._shared.alarm import MetricAlarm
from modules._shared.naming import shorten
from modules._shared.provider import aws
from modules.endpoint.spec import Alarms, Invocation5xxAlarm, ModelLatencyAlarm

_NAME_LIMIT = 255


def rollback_alarms(scope: Construct, endpoint: str, spec: Alarms, variants: Sequence[str], topics: Sequence[str]) -> list[Any]:
    """One alarm for each generated kind and variant; every one tells `topics` of both its beginning and its end."""
    return [_alarm(scope, endpoint, variant, alarm, topics) for variant in variants for alarm in spec.generated().values()]


def _alarm(scope: Construct, endpoint: str, variant: str, spec: MetricAlarm, topics: Sequence[str]) -> Any:
    suffix, description, metric = _metric(spec)
    actions = list(topics) or None
    return aws.cloudwatch_metric_alarm.CloudwatchMetricAlarm(
        scope,
        f"alarm_{variant}_{suffix.replace('-', '_')}",
        alarm_name=shorten(f"{endpoint}-{variant}-{suffix}", _NAME_LIMIT),
        alarm_description=f"{description} of variant {variant} of endpoint {endpoint}; rolls an update back.",
        namespace="AWS/SageMaker",
        dimensions={"EndpointName": endpoint, "VariantName": variant},
        comparison_operator="GreaterThanOrEqualToThreshold",
        period=spec.period,
        evaluation_periods=spec.evaluation_periods,
        datapoints_to_alarm=spec.datapoints_to_alarm or spec.evaluation_periods,
        treat_missing_data=spec.treat_missing_data,
        alarm_actions=actions,
        ok_actions=actions,
        **metric,
    )


def _metric(spec: MetricAlarm) -> tuple[str, str, dict[str, Any]]:
    """Name suffix, description and the attributes that differ by metric."""
    if isinstance(spec, Invocation5xxAlarm):
        metric = {"metric_name": "Invocation5XXErrors", "statistic": spec.statistic, "threshold": spec.threshold}
        return "5xx-errors", f"Server errors ({spec.statistic.lower()}) at or above {spec.threshold:.10g}", metric
    if isinstance(spec, ModelLatencyAlarm):
        metric = {"metric_name": "ModelLatency", "extended_statistic": spec.extended_statistic, "threshold": spec.threshold}
        return "model-latency", f"Latency {spec.extended_statistic} at or above {spec.threshold:.10g} microseconds", metric
    raise TypeError(f"no metric for {type(spec).__name__}")
