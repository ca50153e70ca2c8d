"""Alarms and their states, as a dashboard and `slipway status` show them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from slipway.dashboards.body import Metric

_MOST_NAMES = 100
"""Names in one DescribeAlarms (API: DescribeAlarms)."""
TONES = {"OK": "good", "ALARM": "bad", "INSUFFICIENT_DATA": "warning"}


@dataclass(frozen=True)
class Alarm:
    """An alarm as DescribeAlarms shows it. `changed`: seconds since 1970; `metric` is None for composite alarms and metric math."""

    name: str
    arn: str
    state: str
    reason: str
    changed: float
    threshold: float | None = None
    metric: Metric | None = None
    composite: bool = False


def alarms_by_prefix(cloudwatch: Any, prefix: str) -> list[Alarm]:
    """All metric and composite alarms whose names begin so, those in ALARM first."""
    found = _read(cloudwatch, AlarmNamePrefix=prefix)
    return sorted(found, key=lambda alarm: (alarm.state != "ALARM", alarm.state != "INSUFFICIENT_DATA", alarm.name))


def alarms_by_arn(cloudwatch: Any, arns: Iterable[str]) -> dict[str, Alarm]:
    """The alarms of these ARNs that there are."""
    names = list(dict.fromkeys(arn.split(":alarm:", 1)[-1] for arn in arns))
    found = [alarm for at in range(0, len(names), _MOST_NAMES) for alarm in _read(cloudwatch, AlarmNames=names[at : at + _MOST_NAMES])]
    return {alarm.arn: alarm for alarm in found}


def _read(cloudwatch: Any, **which: Any) -> Iterator[Alarm]:
    for page in cloudwatch.get_paginator("describe_alarms").paginate(AlarmTypes=["MetricAlarm", "CompositeAlarm"], **which):
        for one in page.get("MetricAlarms", []):
            yield _alarm(one, composite=False)
        for one in page.get("CompositeAlarms", []):
            yield _alarm(one, composite=True)


def _alarm(one: Mapping[str, Any], *, composite: bool) -> Alarm:
    return Alarm(
        one["AlarmName"],
        one["AlarmArn"],
        one.get("StateValue", ""),
        one.get("StateReason", ""),
        one["StateUpdatedTimestamp"].timestamp() if "StateUpdatedTimestamp" in one else 0.0,
        one.get("Threshold"),
        _metric(one),
        composite,
    )


def _metric(one: Mapping[str, Any]) -> Metric | None:
    if "MetricName" not in one:
        return None
    dimensions = tuple((item["Name"], item["Value"]) for item in one.get("Dimensions", []))
    stat = one.get("ExtendedStatistic") or one.get("Statistic") or "Average"
    period = int(one.get("Period") or 60)
    return Metric("alarm", period=period, stat=stat, namespace=one.get("Namespace", ""), name=one["MetricName"], dimensions=dimensions)
