"""Alarms as plain data: which metric, which threshold, which topic. Pure: loads no toolkit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from modules._shared.naming import Naming, shorten
from modules._shared.published_metrics import unpublished
from modules.alarms.kinds import Alarm

NAME_LIMIT = 255
"""Longest name of an alarm (API: PutMetricAlarm)."""
AT_OR_ABOVE, BELOW = "GreaterThanOrEqualToThreshold", "LessThanThreshold"


@dataclass(frozen=True)
class Metric:
    """What an alarm looks at: one statistic, plain or a percentile, of one published metric."""

    namespace: str
    name: str
    dimensions: Mapping[str, str]
    statistic: str
    hosting: str = ""


@dataclass(frozen=True)
class Row:
    """One alarm. `id` is unique in the environment: its construct id, and the end of its name. `threshold` in the metric's unit.

    With `minus` the alarm looks at `metric` less that one.
    """

    id: str
    name: str
    description: str
    metric: Metric
    threshold: float
    spec: Alarm
    comparison: str = AT_OR_ABOVE
    minus: Metric | None = None

    def __post_init__(self) -> None:
        for metric in filter(None, (self.metric, self.minus)):
            if problem := unpublished(metric.namespace, metric.name, metric.dimensions, metric.hosting):
                raise ValueError(f"alarm {self.name} could never go off: {problem}")


def alarm_name(naming: Naming, *parts: str) -> str:
    """`project-environment-part-...`, within CloudWatch's limit."""
    return shorten("-".join((naming.project, naming.environment, *parts)), NAME_LIMIT)
