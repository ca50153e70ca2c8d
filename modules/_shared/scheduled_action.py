"""Scheduled actions of a scalable target, of endpoint variants and of services alike."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from constructs import Construct

from modules._shared.blocks import typed
from modules._shared.provider import aws
from modules._shared.scheduled_scaling import ScheduledPolicy


def create_scheduled_action(scope: Construct, policy: ScheduledPolicy, target: Mapping[str, Any]) -> None:
    """The action of `policy`. `target`: namespace, dimension and resource id of the scalable target (API: PutScheduledAction)."""
    bounds = {"min_capacity": policy.min_capacity, "max_capacity": policy.max_capacity}
    action = {name: str(value) for name, value in bounds.items() if value is not None}
    aws.appautoscaling_scheduled_action.AppautoscalingScheduledAction(
        scope,
        f"schedule_{policy.name}",
        name=policy.name,
        schedule=policy.schedule,
        timezone=policy.timezone,
        start_time=policy.start_time,
        end_time=policy.end_time,
        **target,
        **typed(aws.appautoscaling_scheduled_action, "AppautoscalingScheduledAction", {"scalable_target_action": action}),
    )
