"""How many instances a scaling policy wants: target tracking from a metric, steps from an alarm."""

from __future__ import annotations

import math
import time
from typing import Any

from slipway.localaws.clock import real_seconds
from slipway.localaws.cloudwatch import metric_data, metrics
from slipway.localaws.cloudwatch.expressions import MathError
from slipway.localaws.cloudwatch.metric_data import Query
from slipway.localaws.cloudwatch.metrics import Name

OUT_PERIODS, IN_PERIODS = 3, 15
"""Datapoints above the target before it scales out; below 90 % of it before it scales in (AWS's own alarms for target tracking)."""
IN_FACTOR = 0.9
MINUTE, HIGH_RESOLUTION = 60.0, 10.0

# Predefined metric -> its name, statistic, period.
_PREDEFINED = {
    "SageMakerVariantInvocationsPerInstance": ("InvocationsPerInstance", "Sum", MINUTE),
    "SageMakerVariantConcurrentRequestsPerModelHighResolution": ("ConcurrentRequestsPerModel", "Maximum", HIGH_RESOLUTION),
    "SageMakerVariantProvisionedConcurrencyUtilization": ("ServerlessProvisionedConcurrencyUtilization", "Maximum", MINUTE),
}

_OF_SERVICES = {
    "ECSServiceAverageCPUUtilization": ("AWS/ECS", "CPUUtilization", "Average"),
    "ECSServiceAverageMemoryUtilization": ("AWS/ECS", "MemoryUtilization", "Average"),
    "ALBRequestCountPerTarget": ("AWS/ApplicationELB", "RequestCountPerTarget", "Sum"),
}
"""Predefined metrics of services -> namespace, name, statistic; their period is a minute."""


def check(config: dict[str, Any], resource_id: str) -> None:
    """Raise MathError for a target tracking configuration that AWS, or only the local AWS, cannot evaluate."""
    kind = (config.get("PredefinedMetricSpecification") or {}).get("PredefinedMetricType")
    custom = config.get("CustomizedMetricSpecification")
    if (kind is None) == (custom is None):
        raise MathError("exactly one of PredefinedMetricSpecification and CustomizedMetricSpecification is needed")
    if kind is not None and kind not in (_OF_SERVICES if resource_id.startswith("service/") else _PREDEFINED):
        raise MathError(f"the metric {kind} does not belong to {resource_id}")
    missing = [name for name in ("Namespace", "MetricName", "Statistic") if custom and not custom.get("Metrics") and not custom.get(name)]
    if missing:
        raise MathError(f"CustomizedMetricSpecification has no {missing[0]}")
    queries = _queries(config, resource_id)
    if sum(query.returned for query in queries) != 1:
        raise MathError("exactly one of the metrics must have ReturnData")
    metric_data.evaluate(metrics.Store(), queries, 0.0, MINUTE)


def period(policy: Any) -> float:
    """Seconds of AWS's time between two evaluations of a policy."""
    config = policy.target_tracking_scaling_policy_configuration
    return min(query.period for query in _queries(config, policy.resource_id)) if config else MINUTE


def tracked(account: str, region: str, policy: Any, current: int) -> int | None:
    """The capacity that target tracking wants; `current` when all is well, None without enough data.

    It never scales in when metrics are missing, as on AWS.
    """
    config = policy.target_tracking_scaling_policy_configuration
    target, length = float(config["TargetValue"]), real_seconds(period(policy))
    queries = _queries(config, policy.resource_id)
    end = time.time()
    end -= end % length
    start = end - IN_PERIODS * length
    try:
        found = metric_data.evaluate(metrics.store(account, region), queries, start, end, scale=length / period(policy))
    except MathError:
        return None
    series = found[next(query.id for query in queries if query.returned)]
    values = [series.get(moment) for moment in sorted(series)]
    by_number = {round((moment - start) / length): value for moment, value in series.items()}
    last = [by_number.get(IN_PERIODS - 1 - number) for number in range(OUT_PERIODS)]
    above = [value for value in last if value is not None and value > target]
    if len(above) == OUT_PERIODS:
        return max(current + 1, math.ceil(current * above[0] / target))
    below = [value for value in values if value is not None and value < IN_FACTOR * target]
    if len(below) == IN_PERIODS and not config.get("DisableScaleIn"):
        return min(current - 1, math.ceil(current * max(below) / target)) if max(below) > 0 else 0
    return current if values else None


def stepped(policy: Any, value: float | None, threshold: float, current: int) -> int | None:
    """The capacity that a step policy wants while its alarm is in ALARM; None when no step fits the alarm's last value."""
    config = policy.step_scaling_policy_configuration
    if value is None:
        return None
    beyond = value - threshold
    for step in config.get("StepAdjustments") or []:
        low, high = step.get("MetricIntervalLowerBound", -math.inf), step.get("MetricIntervalUpperBound", math.inf)
        # The bound nearer to the threshold belongs to the step.
        if (low < beyond <= high) if high <= 0 else (low <= beyond < high):
            return _adjusted(config, int(step["ScalingAdjustment"]), current)
    return None


def scales_in(policy: Any) -> bool:
    """Whether it is a target tracking policy that may scale in."""
    config = policy.target_tracking_scaling_policy_configuration
    return bool(config) and not config.get("DisableScaleIn")


def cooldown(policy: Any, *, scaling_out: bool) -> float:
    """Seconds of AWS's time that must pass after a change of this policy."""
    tracking = policy.target_tracking_scaling_policy_configuration
    if tracking:
        return float(tracking.get("ScaleOutCooldown" if scaling_out else "ScaleInCooldown", 300))
    return float(policy.step_scaling_policy_configuration.get("Cooldown", 300))


def _adjusted(config: dict[str, Any], adjustment: int, current: int) -> int:
    kind = config.get("AdjustmentType", "ChangeInCapacity")
    if kind == "ExactCapacity":
        return adjustment
    change: float = adjustment
    if kind == "PercentChangeInCapacity":
        change = current * adjustment / 100
        least = config.get("MinAdjustmentMagnitude") or 1
        change = math.copysign(max(least, math.floor(abs(change))), adjustment) if adjustment else 0
    return current + int(change)


def _queries(config: dict[str, Any], resource_id: str) -> list[Query]:
    predefined = config.get("PredefinedMetricSpecification")
    if predefined and resource_id.startswith("service/"):
        return [_of_service(predefined, resource_id)]
    if predefined:
        _, endpoint, _, variant = resource_id.split("/")
        metric_name, stat, length = _PREDEFINED.get(predefined["PredefinedMetricType"], ("", "Average", MINUTE))
        name = Name.of("AWS/SageMaker", metric_name, {"EndpointName": endpoint, "VariantName": variant})
        return [Query("m", "", True, length, name, stat)]
    custom = config["CustomizedMetricSpecification"]
    if custom.get("Metrics"):
        return [_customized(item) for item in custom["Metrics"]]
    metric = {name: custom[name] for name in ("Namespace", "MetricName", "Dimensions") if name in custom}
    return [_customized({"Id": "m", "MetricStat": {"Metric": metric, "Stat": custom["Statistic"]}})]


def _of_service(predefined: dict[str, Any], resource_id: str) -> Query:
    namespace, metric_name, stat = _OF_SERVICES[predefined["PredefinedMetricType"]]
    _, cluster, service = resource_id.split("/")
    dimensions = {"ClusterName": cluster, "ServiceName": service}
    if namespace == "AWS/ApplicationELB":
        balancer, _, group = str(predefined.get("ResourceLabel", "")).partition("/targetgroup/")
        dimensions = {"LoadBalancer": balancer, "TargetGroup": f"targetgroup/{group}"}
    return Query("m", "", True, MINUTE, Name.of(namespace, metric_name, dimensions), stat)


def _customized(item: dict[str, Any]) -> Query:
    """A query of a customized metric: like GetMetricData's, but for the period, which is a minute unless it says so."""
    if "MetricStat" in item:
        item = {**item, "MetricStat": {"Period": MINUTE, **item["MetricStat"]}}
    return metric_data.of_request({"Period": MINUTE, **item})
