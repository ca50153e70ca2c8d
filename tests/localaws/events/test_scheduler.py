"""EventBridge Scheduler: when a schedule is due, what its target gets, and when the schedule itself goes."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from botocore.exceptions import ClientError

from slipway.localaws.events import schedules
from tests.localaws.events.test_events import ACCOUNT, REGION, queue
from tests.localaws.functions.lab import until

ROLE = f"arn:aws:iam::{ACCOUNT}:role/scheduler"
OFF = {"Mode": "OFF"}


@pytest.fixture
def scheduler(client: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setenv("SLIPWAY_LOCAL_SPEED", "120")
    return client("scheduler")


def in_minutes(minutes: int, zone: str = "UTC") -> str:
    return (datetime.now(ZoneInfo(zone)) + timedelta(minutes=minutes)).strftime("%Y-%m-%dT%H:%M:%S")


def test_a_single_time_in_its_zone_is_due_once_and_the_schedule_goes(client: Callable[..., Any], scheduler: Any) -> None:
    arn, read = queue(client, "q")
    scheduler.create_schedule_group(Name="g")
    scheduler.create_schedule(
        Name="once",
        GroupName="g",
        ScheduleExpression=f"at({in_minutes(2, 'Asia/Tokyo')})",
        ScheduleExpressionTimezone="Asia/Tokyo",
        FlexibleTimeWindow=OFF,
        ActionAfterCompletion="DELETE",
        Target={"Arn": arn, "RoleArn": ROLE, "Input": '{"at": "<aws.scheduler.scheduled-time>", "by": "<aws.scheduler.schedule-arn>"}'},
    )
    (message,) = until(read)
    told = json.loads(message["Body"])
    ahead = datetime.strptime(told["at"], "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=timezone.utc) - datetime.now(timezone.utc)
    assert told["by"].endswith(":schedule/g/once")
    assert ahead < timedelta(hours=1)
    with pytest.raises(ClientError, match="ResourceNotFoundException"):
        scheduler.get_schedule(Name="once", GroupName="g")


def test_a_universal_target_calls_any_action(client: Callable[..., Any], scheduler: Any) -> None:
    scheduler.create_schedule(
        Name="s",
        ScheduleExpression="rate(1 minute)",
        FlexibleTimeWindow={"Mode": "FLEXIBLE", "MaximumWindowInMinutes": 1},
        Target={
            "Arn": "arn:aws:scheduler:::aws-sdk:ssm:putParameter",
            "RoleArn": ROLE,
            "Input": '{"Name": "/tick", "Value": "1", "Type": "String", "Overwrite": true}',
        },
    )
    assert until(lambda: client("ssm").describe_parameters()["Parameters"])[0]["Name"] == "/tick"


def test_a_changed_schedule_keeps_what_becomes_of_it_and_a_disabled_one_rests(client: Callable[..., Any], scheduler: Any) -> None:
    arn, read = queue(client, "q")
    common: dict[str, Any] = {"Name": "s", "FlexibleTimeWindow": OFF, "ScheduleExpression": "rate(1 minute)"}
    scheduler.create_schedule(**common, State="DISABLED", Target={"Arn": arn, "RoleArn": ROLE, "Input": "first"})
    changed = {"Arn": arn, "RoleArn": ROLE, "Input": "second"}
    scheduler.update_schedule(**common, State="ENABLED", ActionAfterCompletion="DELETE", Target=changed)
    assert scheduler.get_schedule(Name="s")["ActionAfterCompletion"] == "DELETE"
    assert until(read)[0]["Body"] == "second"


@pytest.mark.parametrize(
    "wrong",
    [
        {"ScheduleExpression": "rate(1 minutes)"},
        {"ScheduleExpression": "cron(0 20 * * * *)"},
        {"ScheduleExpression": "at(tomorrow)"},
        {"ScheduleExpressionTimezone": "Europe/Nowhere"},
        {"FlexibleTimeWindow": {"Mode": "FLEXIBLE"}},
        {"GroupName": "missing"},
    ],
)
def test_what_aws_refuses_is_refused(scheduler: Any, wrong: dict[str, Any]) -> None:
    fine: dict[str, Any] = {"Name": "s", "ScheduleExpression": "cron(0 20 ? * MON-FRI *)", "FlexibleTimeWindow": OFF}
    target = {"Arn": f"arn:aws:sqs:{REGION}:{ACCOUNT}:q", "RoleArn": ROLE}
    with pytest.raises(ClientError, match="ValidationException|ResourceNotFoundException"):
        scheduler.create_schedule(**{**fine, **wrong}, Target=target)
    assert scheduler.create_schedule(**fine, Target=target)["ScheduleArn"].endswith("/default/s")


def test_time_passes_at_the_speed_from_the_moment_a_schedule_was_written(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SLIPWAY_LOCAL_SPEED", "60")
    written = datetime(2026, 6, 1, 17, 59, 0, tzinfo=timezone.utc).timestamp()
    assert not schedules.due("cron(0 20 ? * MON-FRI *)", "Europe/Berlin", written, written, written + 0.9)
    assert schedules.due("cron(0 20 ? * MON-FRI *)", "Europe/Berlin", written, written + 0.9, written + 1.1)
    assert not schedules.due("rate(2 minutes)", None, written, written, written + 1.9)
    assert schedules.due("rate(2 minutes)", None, written, written + 1.9, written + 2.1)
