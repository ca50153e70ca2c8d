"""Scaling policies of a variant: target tracking, step, scheduled."""

from __future__ import annotations

from itertools import pairwise
from typing import Annotated, Literal

from pydantic import Field, model_validator

from modules._shared.alarm import MetricAlarm
from modules._shared.scheduled_scaling import POLICY_NAME, ScheduledPolicy
from modules._shared.sequences import AtLeast
from modules._shared.spec import Spec
from modules.autoscaling.metrics import KNOWN, PredefinedMetric

_Text = Annotated[str, Field(pattern=r"^[^$%]+$", max_length=255)]
Statistic = Literal["Average", "Minimum", "Maximum", "SampleCount", "Sum"]


class CloudWatchMetric(Spec):
    """A CloudWatch metric by name."""

    metric_name: _Text = Field(description="Name, such as CPUUtilization or ApproximateBacklogSizePerInstance.")
    namespace: _Text | None = Field(None, description="Namespace. Default: SageMaker's own for its metrics; others need one.")
    statistic: Statistic = Field("Average", description="How the values of a period become one.")
    unit: _Text | None = Field(None, description="Count only values of this unit. Default: any.")
    dimensions: dict[str, _Text] | None = Field(
        None, min_length=1, max_length=30, description="Dimensions. Default: endpoint and variant, or the endpoint alone for queue metrics."
    )

    @model_validator(mode="after")
    def _namespace_known(self) -> CloudWatchMetric:
        if self.namespace is None and self.metric_name not in KNOWN:
            raise ValueError(f"{self.metric_name} is not a metric SageMaker publishes; say its namespace")
        return self


class TargetTrackingPolicy(Spec):
    """Keeps a metric near a target, like a thermostat."""

    kind: Literal["target_tracking"] = Field(description="Keep a metric near a target.")
    name: str = Field(pattern=POLICY_NAME, description="Name, unique among the variant's policies.")
    metric: PredefinedMetric | None = Field(None, description="Predefined metric. Either this or `custom`.")
    custom: CloudWatchMetric | None = Field(None, description="Any CloudWatch metric that falls when capacity is added.")
    target_value: float = Field(gt=0, description="Value to keep, in the metric's unit. CPUUtilization goes to 100 x vCPU.")
    scale_in_cooldown: int = Field(300, ge=0, le=86400, description="Seconds after a scale-in before the next one.")
    scale_out_cooldown: int = Field(60, ge=0, le=86400, description="Seconds after a scale-out before the next one.")
    disable_scale_in: bool = Field(False, description="Only ever add capacity.")

    @model_validator(mode="after")
    def _one_metric(self) -> TargetTrackingPolicy:
        if (self.metric is None) == (self.custom is None):
            raise ValueError("give exactly one of metric (predefined) and custom")
        return self

    def metric_key(self) -> str:
        """What is tracked; two policies of a variant may not track the same."""
        return self.metric or (self.custom.metric_name if self.custom else "")


class Step(Spec):
    """One interval of the metric and what to do in it. Bounds are relative to the alarm's threshold."""

    metric_interval_lower_bound: float | None = Field(None, description="From here (inclusive). Default: no lower end.")
    metric_interval_upper_bound: float | None = Field(None, description="Up to here (exclusive). Default: no upper end.")
    scaling_adjustment: int = Field(description="Capacity to add (or remove, when negative), in the unit of adjustment_type.")


class StepAlarm(CloudWatchMetric, MetricAlarm):
    """The alarm that starts a step policy."""

    threshold: float = Field(description="Value the metric is compared with.")
    comparison_operator: Literal[
        "GreaterThanOrEqualToThreshold", "GreaterThanThreshold", "LessThanThreshold", "LessThanOrEqualToThreshold"
    ] = Field("GreaterThanOrEqualToThreshold", description="When the alarm goes off.")
    treat_missing_data: Literal["missing", "ignore", "breaching", "notBreaching"] = Field(
        "missing", description="What a period without data counts as."
    )


class StepPolicy(Spec):
    """Changes capacity by how far a metric is past a threshold."""

    kind: Literal["step"] = Field(description="Change capacity in steps.")
    name: str = Field(pattern=POLICY_NAME, description="Name, unique among the variant's policies.")
    adjustment_type: Literal["ChangeInCapacity", "PercentChangeInCapacity", "ExactCapacity"] = Field(
        "ChangeInCapacity", description="Unit of each step's scaling_adjustment."
    )
    metric_aggregation_type: Literal["Average", "Minimum", "Maximum"] = Field("Average", description="How data points become one.")
    cooldown: int = Field(300, ge=0, le=86400, description="Seconds in which an earlier step still counts.")
    min_adjustment_magnitude: int | None = Field(
        None, ge=1, description="Change at least this much; only with PercentChangeInCapacity. Default: no minimum."
    )
    steps: Annotated[tuple[Step, ...], Field(strict=False), AtLeast(1)] = Field(
        max_length=20, description="Intervals without gap or overlap."
    )
    alarm: StepAlarm = Field(description="The CloudWatch alarm that starts the policy; it is created too.")

    @model_validator(mode="after")
    def _consistent(self) -> StepPolicy:
        if self.min_adjustment_magnitude and self.adjustment_type != "PercentChangeInCapacity":
            raise ValueError("min_adjustment_magnitude is only for adjustment_type: PercentChangeInCapacity")
        if self.adjustment_type == "ExactCapacity" and any(step.scaling_adjustment < 0 for step in self.steps):
            raise ValueError("ExactCapacity is a capacity and cannot be negative")
        check_steps(self.steps, upward=self.alarm.comparison_operator.startswith("Greater"))
        return self


def check_steps(steps: tuple[Step, ...], *, upward: bool) -> None:
    """ValueError when the intervals leave a gap, overlap, or miss a part of the side on which the alarm goes off."""
    infinity = float("inf")
    intervals = sorted(
        (
            -infinity if step.metric_interval_lower_bound is None else step.metric_interval_lower_bound,
            infinity if step.metric_interval_upper_bound is None else step.metric_interval_upper_bound,
        )
        for step in steps
    )
    if (-infinity, infinity) in intervals:
        raise ValueError("a step needs a lower or an upper bound (AWS refuses a step with neither); use 0")
    for low, high in intervals:
        if low >= high:
            raise ValueError(f"step [{low:g}, {high:g}) is empty: its lower bound is not below its upper bound")
    for (_, high), (low, _) in pairwise(intervals):
        if high != low:
            raise ValueError(f"steps leave a gap from {high:g} to {low:g}" if high < low else f"steps overlap from {low:g} to {high:g}")
    if upward and (intervals[0][0] not in (0, -infinity) or intervals[-1][1] != infinity):
        raise ValueError("the alarm goes off above its threshold: the steps must start at 0 and the last one have no upper bound")
    if not upward and (intervals[-1][1] not in (0, infinity) or intervals[0][0] != -infinity):
        raise ValueError("the alarm goes off below its threshold: the first step must have no lower bound and the last one end at 0")


Policy = Annotated[TargetTrackingPolicy | StepPolicy | ScheduledPolicy, Field(discriminator="kind")]
