"""Alarms are evaluated: their states follow the metrics, and their actions are taken.

A metric alarm is looked at once a minute of AWS's time (every 10 s for periods below a minute), over windows that end then, as
CloudWatch does it. `slipway.localaws.clock` says how long that minute lasts.
"""

from __future__ import annotations

import time
from collections import deque
from dataclasses import dataclass
from typing import Any

from moto.cloudwatch.exceptions import ValidationError
from moto.cloudwatch.models import Alarm, CloudWatchBackend, cloudwatch_backends

from slipway.localaws import inside
from slipway.localaws.clock import real_seconds
from slipway.localaws.cloudwatch import metric_data, metrics
from slipway.localaws.cloudwatch.alarm_decision import EXTRA_PERIODS, Condition, decide, known_comparison
from slipway.localaws.cloudwatch.alarm_message import history_item, message, subject
from slipway.localaws.cloudwatch.alarm_rule import RuleError, parse
from slipway.localaws.cloudwatch.expressions import MathError, searches
from slipway.localaws.cloudwatch.metric_data import Query
from slipway.localaws.cloudwatch.metrics import Name
from slipway.localaws.lock import LOCK
from slipway.localaws.patches import wraps

HISTORY = 200
"""State changes that an alarm remembers."""
MINUTE, HIGH_RESOLUTION = 60.0, 10.0


@dataclass(frozen=True)
class _Notice:
    """An action that is due: sent outside of the lock."""

    topic: str
    subject: str
    message: str


_notices: deque[_Notice] = deque()


def states(account: str, region: str, names: list[str]) -> dict[str, str]:
    """The state of each of these alarms as of its last evaluation; an alarm that does not exist is missing."""
    with LOCK:
        alarms = cloudwatch_backends[account][region].alarms
        return {name: str(alarms[name].state_value) for name in names if name in alarms}


def look_back(account: str, region: str, names: list[str]) -> float:
    """AWS's seconds that the slowest of these metric alarms looks at: its period times how many it evaluates."""
    with LOCK:
        alarms = cloudwatch_backends[account][region].alarms
        found = [alarms[name] for name in names if name in alarms and alarms[name].rule is None]
        return max((_period(alarm) * int(alarm.evaluation_periods) for alarm in found), default=0.0)


def job() -> bool:
    """Evaluate what is due and send what that triggered. True while there are alarms."""
    with LOCK:
        backends = [backend for regions in list(cloudwatch_backends.values()) for backend in list(regions.values()) if backend.alarms]
        for backend in backends:
            _evaluate(backend, time.time())
    while _notices:
        notice = _notices.popleft()
        inside.publish(notice.topic, notice.subject, notice.message)
    return bool(backends)


def forget() -> None:
    """Drop notifications that are not sent."""
    _notices.clear()


@wraps(CloudWatchBackend, "put_metric_alarm", "moto begins with OK, and forgets the state of an alarm that is changed")
def put_metric_alarm(original: Any, self: Any, *args: Any, **kwargs: Any) -> Any:
    """A new alarm begins with INSUFFICIENT_DATA; a changed one keeps state and history. None watches a SEARCH."""
    if any(_searches(item.expression) for item in kwargs.get("metric_data_queries") or [] if item.expression):
        raise ValidationError("SEARCH is not supported on Metric Alarms.")
    before = self.alarms.get(kwargs.get("name") or (args[0] if args else ""))
    alarm = original(self, *args, **kwargs)
    if before is None:
        alarm.state_value = "INSUFFICIENT_DATA"
        return alarm
    for member in ("state_value", "state_reason", "state_reason_data", "state_updated_timestamp", "slipway_history"):
        if member in before.__dict__:
            setattr(alarm, member, before.__dict__[member])
    return alarm


@wraps(Alarm, "update_state", "moto takes no actions, and its history has only the old states")
def update_state(original: Any, self: Any, reason: str, reason_data: str, state_value: str) -> None:
    """Change the state, by evaluation or by SetAlarmState. A real change goes into the history and triggers the actions."""
    old = self.state_value
    original(self, reason, reason_data or "{}", state_value)
    if old == state_value:
        return
    history = self.__dict__.setdefault("slipway_history", deque(maxlen=HISTORY))
    history.append(history_item(self, old))
    if not self.actions_enabled:
        return
    actions = {"ALARM": self.alarm_actions, "OK": self.ok_actions, "INSUFFICIENT_DATA": self.insufficient_data_actions}[state_value]
    for action in actions or []:
        if ":sns:" in action:
            _notices.append(_Notice(action, subject(self), message(self, old)))


def _searches(expression: str) -> bool:
    try:
        return bool(searches(expression))
    except MathError:
        return False


def _evaluate(backend: Any, now: float) -> None:
    for alarm in [alarm for alarm in backend.alarms.values() if alarm.rule is None]:
        _evaluate_metric(backend, alarm, now)
    for _ in range(2):  # composite alarms may look at other composite ones
        current = {alarm.name: alarm.state_value for alarm in backend.alarms.values()}
        for alarm in [alarm for alarm in backend.alarms.values() if alarm.rule is not None]:
            _evaluate_composite(alarm, current)


def _evaluate_composite(alarm: Any, current: dict[str, str]) -> None:
    try:
        state = "ALARM" if parse(alarm.rule)(current) else "OK"
    except RuleError:
        return
    if state != alarm.state_value:
        alarm.update_state(f"{alarm.alarm_arn} transitioned to {state} because of its AlarmRule {alarm.rule}", "{}", state)


def _evaluate_metric(backend: Any, alarm: Any, now: float) -> None:
    queries, period = _queries(alarm), _period(alarm)
    if not period or not known_comparison(alarm.comparison_operator):
        return
    step = real_seconds(MINUTE if period >= MINUTE else HIGH_RESOLUTION)
    end = now - now % step
    if alarm.__dict__.get("slipway_evaluated") == end:
        return
    alarm.__dict__["slipway_evaluated"] = end
    periods, length = int(alarm.evaluation_periods), real_seconds(period)
    number = periods + EXTRA_PERIODS
    start = end - number * length
    try:
        store = metrics.store(backend.account_id, backend.region_name)
        found = metric_data.evaluate(store, queries, start, end, scale=length / period)
    except MathError as reason:
        alarm.update_state(str(reason), "{}", "INSUFFICIENT_DATA")
        return
    series = found[next(query.id for query in queries if query.returned)]
    by_number = {round((moment - start) / length): value for moment, value in series.items()}
    condition = Condition(
        alarm.comparison_operator,
        float(alarm.threshold),
        periods,
        int(alarm.datapoints_to_alarm or periods),
        alarm.treat_missing_data or "missing",
    )
    alarm.__dict__["slipway_value"] = by_number.get(number - 1)
    state, reason_text = decide(condition, [by_number.get(index) for index in range(number)], alarm.state_value)
    if state != alarm.state_value:
        alarm.update_state(reason_text, "{}", state)


def _period(alarm: Any) -> float:
    return max([query.period for query in _queries(alarm) if query.name] or [0.0])


def _queries(alarm: Any) -> list[Query]:
    """What the alarm looks at; exactly one of the queries is `returned`."""
    if not alarm.metric_data_queries:
        dimensions = {dimension.name: dimension.value for dimension in alarm.dimensions}
        stat = alarm.extended_statistic or alarm.statistic or "Average"
        return [Query("m", "", True, float(alarm.period or 0), Name.of(alarm.namespace or "", alarm.metric_name or "", dimensions), stat)]
    found = []
    for item in alarm.metric_data_queries:
        returned = item.return_data not in (False, "false", "False")
        if item.metric_stat is None:
            found.append(Query(item.id, "", returned, float(item.period or 0), expression=item.expression or ""))
            continue
        metric, stat = item.metric_stat.metric, item.metric_stat
        dimensions = {dimension.name: dimension.value for dimension in metric.dimensions}
        name = Name.of(metric.namespace, metric.metric_name, dimensions)
        found.append(Query(item.id, "", returned, float(stat.period), name, stat.stat))
    return found
