"""Options of one variant's automatic scaling (API: Application Auto Scaling)."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, model_validator

from modules._shared.scheduled_scaling import check_timeline
from modules._shared.spec import Spec
from modules.autoscaling.policies import Policy, TargetTrackingPolicy

_Policies = Annotated[tuple[Policy, ...], Field(strict=False)]


class SuspendedState(Spec):
    """Parts of the scaling that are switched off, for instance during an incident."""

    dynamic_scaling_in_suspended: bool = Field(False, description="No scale-in by target tracking and step policies.")
    dynamic_scaling_out_suspended: bool = Field(False, description="No scale-out by target tracking and step policies.")
    scheduled_scaling_suspended: bool = Field(False, description="No scheduled change of the bounds.")


class AutoscalingSpec(Spec):
    """Bounds and policies of one variant. The unit is instances, or provisioned concurrency for serverless."""

    min_capacity: int = Field(ge=0, le=10000, description="Lower bound. 0 only for asynchronous endpoints, with wake_from_zero.")
    max_capacity: int = Field(ge=1, le=10000, description="Upper bound.")
    policies: _Policies = Field((), max_length=50, description="target_tracking, step and scheduled policies.")
    wake_from_zero: bool = Field(
        False, description="Asynchronous with min_capacity 0: start one instance as soon as a request waits (HasBacklogWithoutCapacity)."
    )
    suspended_state: SuspendedState = Field(default_factory=SuspendedState, description="Parts that are switched off.")

    @model_validator(mode="after")
    def _consistent(self) -> AutoscalingSpec:
        if self.min_capacity > self.max_capacity:
            raise ValueError(f"min_capacity {self.min_capacity} is above max_capacity {self.max_capacity}")
        if not self.policies and not self.wake_from_zero:
            raise ValueError("without a policy the capacity never changes; add one or remove autoscaling")
        if self.wake_from_zero and self.min_capacity:
            raise ValueError("wake_from_zero is for min_capacity: 0")
        _check_names(self)
        check_timeline(self.min_capacity, self.max_capacity, self.policies)
        return self


def _check_names(spec: AutoscalingSpec) -> None:
    names = [policy.name for policy in spec.policies] + (["wake-from-zero"] if spec.wake_from_zero else [])
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise ValueError(f"policy names must be unique; used twice: {', '.join(twice)}")
    tracked = [policy.metric_key() for policy in spec.policies if isinstance(policy, TargetTrackingPolicy)]
    if twice := sorted({metric for metric in tracked if tracked.count(metric) > 1}):
        raise ValueError(f"two target tracking policies follow {twice[0]}; AWS allows one per metric")
