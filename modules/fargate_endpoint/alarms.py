"""The alarms on a model on Fargate, and one composite alarm over them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from constructs import Construct

from modules._shared.alarm import MetricAlarm, composite_name
from modules._shared.blocks import typed
from modules._shared.naming import Naming
from modules._shared.provider import aws
from modules._shared.unhealthy import unhealthy_alarm
from modules.fargate_endpoint.alarm_spec import ErrorsAlarm, FargateAlarms, ResponseTimeAlarm, UnhealthyAlarm, alarm_name
from modules.fargate_endpoint.balancer import Balancer

_NAMESPACE = "AWS/ApplicationELB"
_RATE = "(FILL(tasks, 0) + FILL(balancer, 0)) / (FILL(requests, 0) + FILL(balancer, 0))"
"""RequestCount lacks what the load balancer answered before it chose a task (Elastic Load Balancing: CloudWatch metrics)."""


@dataclass(frozen=True)
class FargateAlarmNames:
    """`each`: those that roll a deployment back. `composite`: the one over them; empty when there are none."""

    each: tuple[str, ...] = ()
    composite: str = ""


def create_alarms(
    scope: Construct, naming: Naming, name: str, spec: FargateAlarms, balancer: Balancer, topics: Sequence[str]
) -> FargateAlarmNames:
    """They exist before the service, which names them. Each by itself tells nobody: the composite alarm does, once."""
    made = [_alarm(scope, alarm_name(naming, name, option), option, alarm, balancer) for option, alarm in spec.generated().items()]
    if not made:
        return FargateAlarmNames()
    each = tuple(alarm.alarm_name for alarm in made)
    said = f"Endpoint {naming.name(name)} fails, is slow, or has tasks that do not answer."
    composite = unhealthy_alarm(scope, composite_name(naming, name), said, each, topics)
    return FargateAlarmNames(each, composite.alarm_name)


def _alarm(scope: Construct, name: str, option: str, spec: MetricAlarm, balancer: Balancer) -> Any:
    what, metric = _metric(spec, balancer)
    return aws.cloudwatch_metric_alarm.CloudwatchMetricAlarm(
        scope,
        f"alarm_{option}",
        alarm_name=name,
        alarm_description=f"{what}; rolls a deployment back.",
        comparison_operator="GreaterThanOrEqualToThreshold",
        evaluation_periods=spec.evaluation_periods,
        datapoints_to_alarm=spec.datapoints_to_alarm or spec.evaluation_periods,
        treat_missing_data=spec.treat_missing_data,
        # An alarm that is taken away leaves the service and the composite alarm's rule first.
        lifecycle={"create_before_destroy": True},
        **metric,
    )


def _metric(spec: MetricAlarm, balancer: Balancer) -> tuple[str, dict[str, Any]]:
    """What it says, and the attributes that differ by metric."""
    whole = {"LoadBalancer": balancer.load_balancer.arn_suffix}
    group = {**whole, "TargetGroup": balancer.target_group.arn_suffix}
    if isinstance(spec, ErrorsAlarm):
        blocks = {"metric_query": _rate(spec.period, whole)}
        queries = typed(aws.cloudwatch_metric_alarm, "CloudwatchMetricAlarm", blocks)
        return f"Server errors at or above {spec.threshold:.0%} of all requests", {"threshold": spec.threshold, **queries}
    plain = {"namespace": _NAMESPACE, "dimensions": group, "period": spec.period}
    if isinstance(spec, ResponseTimeAlarm):
        metric = {"metric_name": "TargetResponseTime", "extended_statistic": spec.extended_statistic, "threshold": spec.threshold}
        return f"Response time {spec.extended_statistic} at or above {spec.threshold:.10g} s", {**plain, **metric}
    if isinstance(spec, UnhealthyAlarm):
        metric = {"metric_name": "UnHealthyHostCount", "statistic": "Maximum", "threshold": spec.threshold}
        return f"Tasks that do not answer: {spec.threshold} or more", {**plain, **metric}
    raise TypeError(f"no metric for {type(spec).__name__}")


def _rate(period: int, dimensions: dict[str, str]) -> list[dict[str, Any]]:
    names = {"tasks": "HTTPCode_Target_5XX_Count", "balancer": "HTTPCode_ELB_5XX_Count", "requests": "RequestCount"}
    metrics = [
        {
            "id": key,
            "return_data": False,
            "metric": {"namespace": _NAMESPACE, "metric_name": name, "dimensions": dimensions, "period": period, "stat": "Sum"},
        }
        for key, name in names.items()
    ]
    return [{"id": "rate", "expression": _RATE, "label": "Server errors", "return_data": True}, *metrics]
