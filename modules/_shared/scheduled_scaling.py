"""Scheduled changes of a scalable target's bounds, for endpoint variants and for services alike (API: PutScheduledAction)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, model_validator

from modules._shared.schedule import check_schedule, check_timezone, parse_utc
from modules._shared.spec import Spec

POLICY_NAME = r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$"
"""What policies and scheduled actions may be called."""


class ScheduledPolicy(Spec):
    """Sets the bounds of the capacity at a time."""

    kind: Literal["scheduled"] = Field(description="Set the capacity's bounds at a time.")
    name: str = Field(pattern=POLICY_NAME, description="Name, unique among the variant's policies.")
    schedule: Annotated[str, AfterValidator(check_schedule)] = Field(
        description="at(2026-01-31T08:00:00), rate(12 hours) or cron(0 7 ? * MON-FRI *)."
    )
    timezone: Annotated[str, AfterValidator(check_timezone)] = Field("UTC", description="IANA time zone of at() and cron().")
    start_time: str | None = Field(None, description="First time the schedule counts, UTC, such as 2026-01-31T08:00:00Z. Default: at once.")
    end_time: str | None = Field(None, description="Last time the schedule counts, UTC. Default: never ends.")
    min_capacity: int | None = Field(None, ge=0, le=10000, description="New lower bound. Default: unchanged.")
    max_capacity: int | None = Field(None, ge=0, le=10000, description="New upper bound. Default: unchanged.")

    @model_validator(mode="after")
    def _consistent(self) -> ScheduledPolicy:
        if self.min_capacity is None and self.max_capacity is None:
            raise ValueError("give min_capacity, max_capacity or both")
        if self.min_capacity is not None and self.max_capacity is not None and self.min_capacity > self.max_capacity:
            raise ValueError(f"min_capacity {self.min_capacity} is above max_capacity {self.max_capacity}")
        start = parse_utc(self.start_time) if self.start_time else None
        end = parse_utc(self.end_time) if self.end_time else None
        if start and end and start >= end:
            raise ValueError(f"start_time {self.start_time} is not before end_time {self.end_time}")
        return self


def check_timeline(min_capacity: int, max_capacity: int, policies: Sequence[object]) -> None:
    """ValueError when an action that sets one bound alone meets a value of the other that it does not go with."""
    actions = [policy for policy in policies if isinstance(policy, ScheduledPolicy)]
    lows = {"the base": min_capacity, **{a.name: a.min_capacity for a in actions if a.min_capacity is not None}}
    highs = {"the base": max_capacity, **{a.name: a.max_capacity for a in actions if a.max_capacity is not None}}
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


def scheduled_bounds(policies: Sequence[object]) -> list[str]:
    """The bounds that scheduled actions change: Terraform sets them once and then leaves them to the schedule."""
    actions = [policy for policy in policies if isinstance(policy, ScheduledPolicy)]
    return [bound for bound in ("min_capacity", "max_capacity") if any(getattr(action, bound) is not None for action in actions)]
