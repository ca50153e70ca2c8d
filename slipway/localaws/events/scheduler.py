"""EventBridge Scheduler: schedules call their targets when they are due, in their time zone, and go when they are done."""

from __future__ import annotations

import random
import time
import uuid
from datetime import datetime, timezone
from typing import Any

from moto.scheduler.exceptions import ScheduleGroupNotFound, ValidationException
from moto.scheduler.models import EventBridgeSchedulerBackend, Schedule, scheduler_backends
from moto.scheduler.responses import EventBridgeSchedulerResponse

from slipway.localaws.autoscaling.schedule import ScheduleError
from slipway.localaws.events import delivery, schedules
from slipway.localaws.lock import LOCK
from slipway.localaws.patches import wraps

_NAMES = ("InvocationAttemptCount", "InvocationDroppedCount", "InvocationsSentToDeadLetterCount")


@wraps(EventBridgeSchedulerBackend, "create_schedule", "moto takes any expression, and breaks on a group that does not exist")
def create_schedule(original: Any, self: Any, *args: Any, **kwargs: Any) -> Any:
    """Refuse what Scheduler would refuse."""
    if (kwargs.get("group_name") or "default") not in self.schedule_groups:
        raise ScheduleGroupNotFound(kwargs["group_name"])
    _check(kwargs)
    return original(self, *args, **kwargs)


@wraps(EventBridgeSchedulerBackend, "update_schedule", "moto takes any expression")
def update_schedule(original: Any, self: Any, *args: Any, **kwargs: Any) -> Any:
    """Refuse what Scheduler would refuse."""
    _check(kwargs)
    return original(self, *args, **kwargs)


@wraps(EventBridgeSchedulerResponse, "update_schedule", "moto forgets what becomes of a schedule that is done")
def answer_update_schedule(original: Any, self: Any) -> Any:
    """Keep ActionAfterCompletion."""
    answer = original(self)
    schedule = self.scheduler_backend.get_schedule(self._get_param("GroupName"), self.uri.split("?")[0].split("/")[-1])
    schedule.action_after_completion = self._get_param("ActionAfterCompletion")
    return answer


@wraps(Schedule, "to_dict", "moto tells null for what was not given, which the provider reads as a value")
def to_dict(original: Any, self: Any, short: bool = False) -> Any:
    """Leave out what is not there."""
    return {name: value for name, value in original(self, short=short).items() if value is not None}


@wraps(EventBridgeSchedulerBackend, "delete_schedule_group", "moto breaks on a group that does not exist")
def delete_schedule_group(original: Any, self: Any, name: str | None) -> None:
    """Its schedules go with it."""
    if name not in self.schedule_groups:
        raise ScheduleGroupNotFound(name)
    original(self, name)


def _check(given: dict[str, Any]) -> None:
    try:
        schedules.check(given["schedule_expression"], given.get("schedule_expression_timezone"), at=True)
    except ScheduleError as problem:
        raise ValidationException(f"Invalid Schedule Expression {problem}.") from problem
    window = given["flexible_time_window"]
    if (window.get("Mode") == "FLEXIBLE") != ("MaximumWindowInMinutes" in window):
        raise ValidationException("MaximumWindowInMinutes is for FlexibleTimeWindow mode FLEXIBLE only, which needs it.")


def job() -> bool:
    """Run the schedules that are due. True while there is one to watch."""
    now, watched = time.time(), False
    with LOCK:
        for account in list(scheduler_backends.values()):
            for backend in list(account.values()):
                for group in backend.schedule_groups.values():
                    for schedule in list(group.schedules.values()):
                        if schedule.state == "ENABLED" and not vars(schedule).get("slipway_done"):
                            watched = True
                            _look(backend, group, schedule, now)
    return watched


def _look(backend: Any, group: Any, schedule: Any, now: float) -> None:
    state = vars(schedule)
    if state.get("slipway_written") != schedule.last_modified_date:
        state |= {"slipway_written": schedule.last_modified_date, "slipway_anchor": now, "slipway_seen": now}
    anchor, seen = state["slipway_anchor"], state["slipway_seen"]
    state["slipway_seen"] = now
    moment = schedules.aws_time(anchor, now)
    begun = schedule.start_date is None or moment >= float(schedule.start_date)
    ended = schedule.end_date is not None and moment > float(schedule.end_date)
    is_due = begun and not ended and schedules.due(schedule.schedule_expression, schedule.schedule_expression_timezone, anchor, seen, now)
    if is_due:
        _run(backend, group, schedule, moment)
    if ended or (is_due and schedule.schedule_expression.startswith("at(")):
        state["slipway_done"] = True
        if schedule.action_after_completion == "DELETE":
            group.schedules.pop(schedule.name)


def _run(backend: Any, group: Any, schedule: Any, moment: float) -> None:
    account, region = backend.account_id, backend.region_name
    sender = delivery.Sender(account, region, schedule.arn, "AWS/Scheduler", {"ScheduleGroup": group.name}, *_NAMES)
    window = schedule.flexible_time_window
    wait = random.uniform(0, 60 * window["MaximumWindowInMinutes"]) if window.get("Mode") == "FLEXIBLE" else 0.0  # noqa: S311
    text = schedule.target.get("Input") or _default_input()
    values = {"schedule-arn": schedule.arn, "scheduled-time": _iso(moment), "execution-id": str(uuid.uuid4()), "attempt-number": "1"}
    for name, value in values.items():
        text = text.replace(f"<aws.scheduler.{name}>", value)
    delivery.send(delivery.Delivery(sender, dict(schedule.target), text), wait)


def _default_input() -> str:
    """What a target without Input gets (Scheduler user guide, "Managing targets")."""
    return (
        '{"version": "0", "id": "<aws.scheduler.execution-id>", "detail-type": "Scheduled Event", "source": "aws.scheduler", '
        '"time": "<aws.scheduler.scheduled-time>", "resources": ["<aws.scheduler.schedule-arn>"], "detail": "{}"}'
    )


def _iso(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
