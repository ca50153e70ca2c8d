"""The alarms that roll an update back: server errors and latency of each variant, and one composite alarm over them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from constructs import Construct

from modules._shared.alarm import MetricAlarm
from modules._shared.provider import aws
from modules._shared.unhealthy import unhealthy_alarm
from modules.endpoint.spec import Alarms, Invocation5xxAlarm, ModelLatencyAlarm, rollback_alarm_name


def rollback_alarms(scope: Construct, endpoint: str, spec: Alarms, variants: Sequence[str]) -> list[Any]:
    """One alarm for each generated kind and variant. They tell nobody: the composite alarm over them does, once."""
    return [_alarm(scope, endpoint, variant, option, alarm) for variant in variants for option, alarm in spec.generated().items()]


def composite_alarm(scope: Construct, name: str, endpoint: str, alarms: Sequence[str], topics: Sequence[str]) -> Any:
    """The one that tells `topics`, and by default rolls back."""
    return unhealthy_alarm(scope, name, f"Endpoint {endpoint} fails or is slow; rolls an update back.", alarms, topics)


def _alarm(scope: Construct, endpoint: str, variant: str, option: str, spec: MetricAlarm) -> Any:
    suffix, description, metric = _metric(spec)
    return aws.cloudwatch_metric_alarm.CloudwatchMetricAlarm(
        scope,
        f"alarm_{variant}_{suffix.replace('-', '_')}",
        alarm_name=rollback_alarm_name(endpoint, variant, option),
        alarm_description=f"{description} of variant {variant} of endpoint {endpoint}; rolls an update back.",
        namespace="AWS/SageMaker",
        dimensions={"EndpointName": endpoint, "VariantName": variant},
        comparison_operator="GreaterThanOrEqualToThreshold",
        period=spec.period,
        evaluation_periods=spec.evaluation_periods,
        datapoints_to_alarm=spec.datapoints_to_alarm or spec.evaluation_periods,
        treat_missing_data=spec.treat_missing_data,
        # An alarm that is taken away leaves the composite alarm's rule first.
        lifecycle={"create_before_destroy": True},
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
