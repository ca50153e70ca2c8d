"""Options of a service's automatic scaling (API: Application Auto Scaling, `ecs:service:DesiredCount`)."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from modules._shared.scheduled_scaling import POLICY_NAME, ScheduledPolicy, check_timeline
from modules._shared.sequences import AtLeast
from modules._shared.spec import Spec

ServiceMetric = Literal["ECSServiceAverageCPUUtilization", "ECSServiceAverageMemoryUtilization", "ALBRequestCountPerTarget"]
"""Metrics that Application Auto Scaling knows for a service behind a load balancer."""


class ServiceTrackingPolicy(Spec):
    """Keeps a metric of the service near a target, like a thermostat."""

    kind: Literal["target_tracking"] = Field(description="Keep a metric near a target.")
    name: str = Field(pattern=POLICY_NAME, description="Name, unique among the service's policies.")
    metric: ServiceMetric = Field(description="Metric: percent of the tasks' CPU or memory, or requests for each task and minute.")
    target_value: float = Field(gt=0, le=1_000_000, description="Value to keep: percent up to 100, or a number of requests.")
    scale_in_cooldown: int = Field(300, ge=0, le=86400, description="Seconds after a scale-in before the next one.")
    scale_out_cooldown: int = Field(60, ge=0, le=86400, description="Seconds after a scale-out before the next one.")
    disable_scale_in: bool = Field(False, description="Only ever add tasks.")

    @model_validator(mode="after")
    def _percent(self) -> ServiceTrackingPolicy:
        if self.metric != "ALBRequestCountPerTarget" and self.target_value > 100:
            raise ValueError(f"{self.metric} is a percentage of the task's own size: target_value goes to 100")
        return self


ServicePolicy = Annotated[ServiceTrackingPolicy | ScheduledPolicy, Field(discriminator="kind")]


class ServiceAutoscaling(Spec):
    """Bounds and policies of the number of tasks."""

    min_capacity: int = Field(ge=1, le=5000, description="Fewest tasks. At least 1: without a task nothing notices a request.")
    max_capacity: int = Field(ge=1, le=5000, description="Most tasks.")
    policies: Annotated[tuple[ServicePolicy, ...], Field(strict=False), AtLeast(1)] = Field(
        max_length=50, description="target_tracking and scheduled policies."
    )

    @model_validator(mode="after")
    def _consistent(self) -> ServiceAutoscaling:
        if self.min_capacity > self.max_capacity:
            raise ValueError(f"min_capacity {self.min_capacity} is above max_capacity {self.max_capacity}")
        names = [policy.name for policy in self.policies]
        if twice := sorted({name for name in names if names.count(name) > 1}):
            raise ValueError(f"policy names must be unique; used twice: {', '.join(twice)}")
        tracked = [policy.metric for policy in self.policies if isinstance(policy, ServiceTrackingPolicy)]
        if twice := sorted({metric for metric in tracked if tracked.count(metric) > 1}):
            raise ValueError(f"two target tracking policies follow {twice[0]}; AWS allows one per metric")
        check_timeline(self.min_capacity, self.max_capacity, self.policies)
        return self
