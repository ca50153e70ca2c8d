"""The blocks of scaling policies and their alarms, as plain Terraform attributes."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from modules.autoscaling.metrics import KNOWN
from modules.autoscaling.policies import CloudWatchMetric, Step, StepAlarm, StepPolicy, TargetTrackingPolicy

WAKE = StepPolicy(
    kind="step",
    name="wake-from-zero",
    steps=(Step(metric_interval_lower_bound=0, scaling_adjustment=1),),
    alarm=StepAlarm(
        metric_name="HasBacklogWithoutCapacity",
        threshold=1,
        comparison_operator="GreaterThanOrEqualToThreshold",
        evaluation_periods=1,
        treat_missing_data="missing",
    ),
)
"""Starts the first instance of an asynchronous endpoint: the metric is 1 while a request waits and nothing runs."""


def target_tracking(policy: TargetTrackingPolicy, endpoint: str, variant: str) -> dict[str, Any]:
    """The `target_tracking_scaling_policy_configuration` block."""
    body: dict[str, Any] = {
        "target_value": policy.target_value,
        "scale_in_cooldown": policy.scale_in_cooldown,
        "scale_out_cooldown": policy.scale_out_cooldown,
        "disable_scale_in": policy.disable_scale_in,
    }
    if policy.custom is None:
        return body | {"predefined_metric_specification": {"predefined_metric_type": policy.metric}}
    return body | {"customized_metric_specification": _customized(policy.custom, endpoint, variant)}


def _customized(metric: CloudWatchMetric, endpoint: str, variant: str) -> dict[str, Any]:
    body: dict[str, Any] = {
        "metric_name": metric.metric_name,
        "namespace": namespace(metric),
        "statistic": metric.statistic,
        "dimensions": [{"name": name, "value": value} for name, value in sorted(dimensions(metric, endpoint, variant).items())],
    }
    return body | ({"unit": metric.unit} if metric.unit else {})


def step_scaling(policy: StepPolicy) -> dict[str, Any]:
    """The `step_scaling_policy_configuration` block."""
    body: dict[str, Any] = {
        "adjustment_type": policy.adjustment_type,
        "metric_aggregation_type": policy.metric_aggregation_type,
        "cooldown": policy.cooldown,
        "step_adjustment": [_step(step) for step in policy.steps],
    }
    return body | ({"min_adjustment_magnitude": policy.min_adjustment_magnitude} if policy.min_adjustment_magnitude else {})


def _step(step: Step) -> dict[str, Any]:
    bounds = {
        "metric_interval_lower_bound": step.metric_interval_lower_bound,
        "metric_interval_upper_bound": step.metric_interval_upper_bound,
    }
    return {"scaling_adjustment": step.scaling_adjustment} | {
        name: provider_number(value) for name, value in bounds.items() if value is not None
    }


def provider_number(value: float) -> str:
    """The number as the provider writes it when it reads it back (Go's shortest `%g`); any other spelling never plans empty."""
    number = Decimal(repr(float(value))).normalize()
    if number.is_zero():
        return "0"
    if -4 <= number.adjusted() < 6:
        return f"{number:f}"
    return f"{float(value):.{len(number.as_tuple().digits) - 1}e}"


def step_alarm(alarm: StepAlarm, endpoint: str, variant: str) -> dict[str, Any]:
    """The attributes of the alarm that starts a step policy, but for its name and actions."""
    body: dict[str, Any] = {
        "metric_name": alarm.metric_name,
        "namespace": namespace(alarm),
        "statistic": alarm.statistic,
        "dimensions": dimensions(alarm, endpoint, variant),
        "threshold": alarm.threshold,
        "comparison_operator": alarm.comparison_operator,
        "period": alarm.period,
        "evaluation_periods": alarm.evaluation_periods,
        "datapoints_to_alarm": alarm.datapoints_to_alarm or alarm.evaluation_periods,
        "treat_missing_data": alarm.treat_missing_data,
    }
    return body | ({"unit": alarm.unit} if alarm.unit else {})


def namespace(metric: CloudWatchMetric) -> str:
    """The namespace said, or SageMaker's own for its metric."""
    return metric.namespace or KNOWN[metric.metric_name].namespace


def dimensions(metric: CloudWatchMetric, endpoint: str, variant: str) -> dict[str, str]:
    """The dimensions said, or the endpoint's (and the variant's, but for metrics of the endpoint's queue)."""
    if metric.dimensions is not None:
        return dict(metric.dimensions)
    known = KNOWN.get(metric.metric_name)
    own = {"EndpointName": endpoint}
    return own if known and known.per_endpoint else own | {"VariantName": variant}
