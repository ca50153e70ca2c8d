"""The composite alarm over those that roll a model's update back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from constructs import Construct

from modules._shared.provider import aws


def unhealthy_alarm(scope: Construct, name: str, description: str, alarms: Sequence[str], topics: Sequence[str]) -> Any:
    """In ALARM while any of `alarms` is; tells `topics` of its beginning and its end (API: PutCompositeAlarm)."""
    actions = list(topics) or None
    return aws.cloudwatch_composite_alarm.CloudwatchCompositeAlarm(
        scope,
        "unhealthy",
        alarm_name=name,
        alarm_description=description,
        alarm_rule=" OR ".join(f'ALARM("{alarm}")' for alarm in alarms),
        alarm_actions=actions,
        ok_actions=actions,
    )
