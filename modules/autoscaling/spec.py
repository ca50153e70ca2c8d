"""Options of one variant's automatic scaling (API: Application Auto Scaling)."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, model_validator

from modules._shared.spec import Spec
from modules.autoscaling.policies import Policy, ScheduledPolicy, TargetTrackingPolicy

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
        _check_timeline(self)
        return self


def _check_names(spec: AutoscalingSpec) -> None:
    names = [policy.name for policy in spec.policies] + (["wake-from-zero"] if spec.wake_from_zero else [])
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise ValueError(f"policy names must be unique; used twice: {', '.join(twice)}")
    tracked = [policy.metric_key() for policy in spec.policies if isinstance(policy, TargetTrackingPolicy)]
    if twice := sorted({metric for metric in tracked if tracked.count(metric) > 1}):
        raise ValueError(f"two target tracking policies follow {twice[0]}; AWS allows one per metric")


def _check_timeline(spec: AutoscalingSpec) -> None:
    """An action that sets one bound meets every value the other bound can have by then; the lower one must stay below."""
    actions = [policy for policy in spec.policies if isinstance(policy, ScheduledPolicy)]
    lows = {"the base": spec.min_capacity, **{a.name: a.min_capacity for a in actions if a.min_capacity is not None}}
    highs = {"the base": spec.max_capacity, **{a.name: a.max_capacity for a in actions if a.max_capacity is not None}}
    for action in actions:
        if action.min_capacity is not None and action.max_capacity is None:
            name, high = min(highs.items(), key=lambda item: item[1])
            if action.min_capacity > high:
                raise ValueError(
                    f"{action.name} sets min_capacity {action.min_capacity} alone, above the max_capacity {high} of {name}; set both there"
                )
        if action.max_capacity is not None and action.min_capacity is None:
            name, low = max(lows.items(), key=lambda item: item[1])
            if action.max_capacity < low:
                raise ValueError(
                    f"{action.name} sets max_capacity {action.max_capacity} alone, below the min_capacity {low} of {name}; set both there"
                )
