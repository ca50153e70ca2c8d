"""Widgets as CloudWatch's dashboard body has them ("Dashboard body structure and syntax"). Pure functions from values to dictionaries.

A widget has no place yet: `layout` gives it x, y, width and height.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from modules._shared.published_metrics import unpublished

Body = dict[str, Any]


@dataclass(frozen=True)
class Widget:
    """One widget and its size: `width` of 24 columns, `height` in rows."""

    kind: Literal["metric", "text", "alarm"]
    properties: Mapping[str, Any]
    width: int = 8
    height: int = 6

    @property
    def metrics(self) -> int:
        """How many metrics it shows: what CloudWatch limits."""
        return len(self.properties.get("metrics", ()))


@dataclass(frozen=True)
class Line:
    """One metric of a graph. With an `id`, expressions can use it; hidden ones are only for that."""

    namespace: str
    metric: str
    dimensions: Mapping[str, str]
    stat: str
    label: str
    id: str = ""
    visible: bool = True
    period: int | None = None
    hosting: str = ""

    def array(self) -> list[Any]:
        """The metric as an array. Raises ValueError for one that nobody publishes: its graph would stay empty."""
        if problem := unpublished(self.namespace, self.metric, self.dimensions, self.hosting):
            raise ValueError(f"widget {self.label}: {problem}")
        options: Body = {"stat": self.stat, "label": self.label}
        if self.id:
            options["id"] = self.id
        if not self.visible:
            options["visible"] = False
        if self.period:
            options["period"] = self.period
        return [self.namespace, self.metric, *(part for pair in self.dimensions.items() for part in pair), options]


@dataclass(frozen=True)
class Expression:
    """Metric math over lines with an id."""

    expression: str
    label: str
    id: str

    def array(self) -> list[Any]:
        """The expression as an array."""
        return [{"expression": self.expression, "label": self.label, "id": self.id}]


@dataclass(frozen=True)
class Search:
    """One statistic of every metric of this name that has exactly these dimensions and fits the terms (CloudWatch: SEARCH).

    CloudWatch finds only what had data within the last two weeks, and adds to the label what tells several metrics apart.
    """

    namespace: str
    metric: str
    dimensions: Sequence[str]
    terms: str
    stat: str
    label: str
    id: str

    def array(self) -> list[Any]:
        """The search as an array. Raises ValueError for a metric that nobody publishes: its graph would stay empty."""
        if problem := unpublished(self.namespace, self.metric, self.dimensions):
            raise ValueError(f"widget {self.label}: {problem}")
        schema = ",".join((self.namespace, *self.dimensions))
        query = f'{{{schema}}} MetricName="{self.metric}" {self.terms}'
        return Expression(f"SEARCH('{query}', '{self.stat}')", self.label, self.id).array()


@dataclass(frozen=True)
class Graph:
    """A graph over time. `unit` is the label of its axis; `marks` are horizontal lines by label."""

    title: str
    lines: Sequence[Line | Expression | Search]
    unit: str
    marks: Mapping[str, float] = field(default_factory=dict)
    view: Literal["timeSeries", "bar", "singleValue"] = "timeSeries"
    stacked: bool = False
    width: int = 8
    period: int | None = None


def graph(region: str, period: int, content: Graph) -> Widget:
    """A metric widget; its axis begins at 0."""
    properties: Body = {
        "title": content.title,
        "view": content.view,
        "stacked": content.stacked,
        "region": region,
        "period": content.period or period,
        "metrics": [line.array() for line in content.lines],
    }
    if content.view == "timeSeries":
        properties["yAxis"] = {"left": {"min": 0, "label": content.unit, "showUnits": False}}
    if content.marks:
        properties["annotations"] = {"horizontal": [{"label": label, "value": value} for label, value in content.marks.items()]}
    return Widget("metric", properties, width=content.width)


def heading(text: str) -> Widget:
    """A line of Markdown over the whole width."""
    return Widget("text", {"markdown": text}, width=24, height=2)


def alarm_status(title: str, arns: Iterable[str]) -> list[Widget]:
    """States of alarms, at most 100 in a widget (CloudWatch's limit)."""
    every = list(arns)
    parts = [every[at : at + 100] for at in range(0, len(every), 100)]
    return [Widget("alarm", {"title": title, "alarms": part}, width=24, height=2 + (len(part) + 7) // 8) for part in parts]
