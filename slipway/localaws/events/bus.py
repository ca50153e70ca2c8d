"""EventBridge: events reach the targets of the rules that match them, rules with a schedule are due.

`publish` is what the other services of the local AWS call when something of theirs changes its state.
"""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime, timezone
from typing import Any

from moto.events.exceptions import ValidationException
from moto.events.models import EventsBackend, Rule, events_backends

from slipway.localaws.autoscaling.schedule import ScheduleError
from slipway.localaws.events import delivery, schedules
from slipway.localaws.events.input import payload
from slipway.localaws.events.targets import TARGETS, Undeliverable
from slipway.localaws.functions import settings
from slipway.localaws.lock import LOCK
from slipway.localaws.patches import wraps

__all__ = ["TARGETS", "Undeliverable", "job", "publish"]

_NEED_A_ROLE = ("states", "codebuild", "codepipeline", "sagemaker", "ecs", "batch", "kinesis", "firehose")
"""Services of targets that EventBridge calls with a role (user guide, "Using identity-based policies")."""


def publish(account: str, region: str, *, source: str, detail_type: str, detail: Mapping[str, Any], resources: Sequence[str] = ()) -> None:
    """Put an event of an AWS service on the account's default bus. Never waits for a target; may be called under the lock.

    `detail` must be JSON. Nothing happens while a journal is replayed: what the targets did then stands in the journal itself.
    """
    if not settings.url():
        return
    event = {
        "version": "0",
        "id": str(uuid.uuid4()),
        "detail-type": detail_type,
        "source": source,
        "account": account,
        "time": _iso(time.time()),
        "region": region,
        "resources": list(resources),
        "detail": json.loads(json.dumps(detail)),
    }
    with LOCK:
        rules = list(events_backends[account][region].event_buses["default"].rules.values())
        for rule in rules:
            rule.send_to_targets(event)


@wraps(Rule, "send_to_targets", "moto delivers while it holds the lock, to logs, queues and buses only, and also for disabled rules")
def send_to_targets(_original: Any, self: Any, original_event: dict[str, Any], _transform_input: bool = True) -> None:
    """Hand the event on in the background, to each target in its own words."""
    if self.state == "ENABLED" and self.event_pattern.dump() and self.event_pattern.matches_event(original_event):
        _count(self, "MatchedEvents")
        _trigger(self, _clean(original_event))


@wraps(EventsBackend, "put_targets", "moto takes targets that EventBridge could not call")
def put_targets(original: Any, self: Any, name: str, event_bus_arn: str | None, targets: list[dict[str, Any]]) -> None:
    """Refuse a target that needs a role and has none, and a dead-letter queue that is none."""
    for target in targets:
        if target["Arn"].split(":")[2:3] and target["Arn"].split(":")[2] in _NEED_A_ROLE and not target.get("RoleArn"):
            raise ValidationException(f"RoleArn is required for target {target['Arn']}.")
        queue = (target.get("DeadLetterConfig") or {}).get("Arn", "")
        if queue and queue.split(":")[2:3] != ["sqs"]:
            raise ValidationException(f"Invalid dead-letter queue {queue}: it must be an Amazon SQS queue.")
    original(self, name, event_bus_arn, targets)


@wraps(EventsBackend, "put_rule", "moto takes any text between the brackets of cron() and rate()")
def put_rule(original: Any, self: Any, name: str, *args: Any, **kwargs: Any) -> Any:
    """Refuse a schedule that AWS would refuse."""
    if expression := kwargs.get("scheduled_expression"):
        try:
            schedules.check(expression)
        except ScheduleError as problem:
            raise ValidationException("Parameter ScheduleExpression is not valid.") from problem
    return original(self, name, *args, **kwargs)


def job() -> bool:
    """Trigger the rules whose schedule is due. True while there is one to watch."""
    now, watched = time.time(), False
    with LOCK:
        for account in list(events_backends.values()):
            for backend in list(account.values()):
                for rule in backend.event_buses["default"].rules.values():
                    if rule.scheduled_expression and rule.state == "ENABLED":
                        watched = True
                        _look(rule, now)
    return watched


def _look(rule: Any, now: float) -> None:
    state = vars(rule)
    anchor, seen = state.setdefault("slipway_anchor", now), state.get("slipway_seen", now)
    state["slipway_seen"] = now
    if schedules.due(rule.scheduled_expression, None, anchor, seen, now):
        _trigger(
            rule,
            {
                "version": "0",
                "id": str(uuid.uuid4()),
                "detail-type": "Scheduled Event",
                "source": "aws.events",
                "account": rule.account_id,
                "time": _iso(schedules.aws_time(anchor, now)),
                "region": rule.region_name,
                "resources": [rule.arn],
                "detail": {},
            },
        )


def _trigger(rule: Any, event: dict[str, Any]) -> None:
    _count(rule, "TriggeredRules")
    sender = _sender(rule)
    for target in rule.targets:
        if target["Arn"].split(":")[2:3] == ["events"]:
            _forward(target["Arn"], event)
        else:
            delivery.send(delivery.Delivery(sender, dict(target), payload(target, event, rule.arn)))


def _forward(bus: str, event: dict[str, Any]) -> None:
    """To another bus, as it is. An archive, whose target is no bus, keeps nothing here."""
    region, account, name = bus.split(":")[3], bus.split(":")[4], bus.rpartition("event-bus/")[2]
    found = events_backends[account][region].event_buses.get(name) if region and account else None
    for rule in list(found.rules.values()) if found else []:
        rule.send_to_targets(event)


def _sender(rule: Any) -> delivery.Sender:
    names = ("Invocations", "FailedInvocations", "InvocationsSentToDlq")
    return delivery.Sender(rule.account_id, rule.region_name, rule.arn, "AWS/Events", {"RuleName": rule.name}, *names)


def _count(rule: Any, metric: str) -> None:
    _sender(rule).count(metric)


def _clean(event: dict[str, Any]) -> dict[str, Any]:
    """An event as targets get it: moto's has the time in seconds and a member of its own."""
    given = event["time"]
    return {**{k: v for k, v in event.items() if k != "ingestion-time"}, "time": given if isinstance(given, str) else _iso(float(given))}


def _iso(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
