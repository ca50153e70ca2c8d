"""How many instances a scaling policy wants: target tracking from a metric, steps from an alarm."""

from __future__ import annotations

import math
import time
from typing import Any

from slipway.localaws import metrics, metrics_query
from slipway.localaws.clock import real_seconds
from slipway.localaws.metrics import Name
from slipway.localaws.metrics_math import MathError
from slipway.localaws.metrics_query import Query

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


def period(policy: Any) -> float:
    """Seconds of AWS's time between two evaluations of a policy."""
    config = policy.target_tracking_scaling_policy_configuration or {}
    kind = (config.get("PredefinedMetricSpecification") or {}).get("PredefinedMetricType", "")
    return _PREDEFINED[kind][2] if kind in _PREDEFINED else MINUTE


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
        found = metrics_query.evaluate(metrics.store(account, region), queries, start, end, scale=length / period(policy))
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
        if low <= beyond < high or (low < beyond <= high <= 0):
            return _adjusted(config, int(step["ScalingAdjustment"]), current)
    return None


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
    _, endpoint, _, variant = resource_id.split("/")
    if predefined := config.get("PredefinedMetricSpecification"):
        metric, stat, length = _PREDEFINED.get(predefined["PredefinedMetricType"], ("", "Average", MINUTE))
        name = Name.of("AWS/SageMaker", metric, {"EndpointName": endpoint, "VariantName": variant})
        return [Query("m", "", True, length, name, stat)]
    custom = config["CustomizedMetricSpecification"]
    if custom.get("Metrics"):
        return [_customized(item) for item in custom["Metrics"]]
    dimensions = {item["Name"]: item["Value"] for item in custom.get("Dimensions") or []}
    return [Query("m", "", True, MINUTE, Name.of(custom["Namespace"], custom["MetricName"], dimensions), custom["Statistic"])]


def _customized(item: dict[str, Any]) -> Query:
    if "Expression" in item:
        return Query(item["Id"], "", item.get("ReturnData", True), MINUTE, expression=item["Expression"])
    metric = item["MetricStat"]["Metric"]
    dimensions = {pair["Name"]: pair["Value"] for pair in metric.get("Dimensions") or []}
    name = Name.of(metric["Namespace"], metric["MetricName"], dimensions)
    return Query(item["Id"], "", item.get("ReturnData", True), MINUTE, name, item["MetricStat"]["Stat"])
