"""A dashboard's body as CloudWatch has it ("Dashboard body structure and syntax"), read into widgets and metrics."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

DEFAULT_PERIOD = 300
"""Seconds, where neither metric nor widget says one."""


@dataclass(frozen=True)
class Metric:
    """One row of a widget's `metrics`: a metric, or with `expression` metric math. `period` in seconds."""

    id: str
    label: str = ""
    visible: bool = True
    axis: Literal["left", "right"] = "left"
    color: str = ""
    period: int = DEFAULT_PERIOD
    stat: str = "Average"
    namespace: str = ""
    name: str = ""
    dimensions: tuple[tuple[str, str], ...] = ()
    expression: str = ""
    region: str = ""


@dataclass(frozen=True)
class Widget:
    """One widget: its place in a grid of 24 columns, what its `properties` say, and its metrics with nothing abbreviated."""

    kind: str
    x: int
    y: int
    width: int
    height: int
    properties: Mapping[str, Any]
    metrics: tuple[Metric, ...] = ()

    @property
    def title(self) -> str:
        """Its title; the metric's name where it has none and one metric."""
        if given := self.properties.get("title"):
            return str(given)
        return self.metrics[0].name or self.metrics[0].label if len(self.metrics) == 1 else ""

    @property
    def view(self) -> str:
        """timeSeries, singleValue, gauge, bar, pie or table."""
        return str(self.properties.get("view") or "timeSeries")


@dataclass(frozen=True)
class Dashboard:
    """The widgets from top to bottom, left to right. `start` is the range that it opens with, such as -PT3H."""

    name: str
    widgets: tuple[Widget, ...] = field(default_factory=tuple)
    start: str = ""


def read_dashboard(name: str, text: str) -> Dashboard:
    """A body that CloudWatch accepts (see checks.py). ValueError for anything else."""
    document = json.loads(text)
    widgets = [_widget(one) for one in document.get("widgets", [])]
    widgets.sort(key=lambda one: (one.y, one.x))
    return Dashboard(name, tuple(widgets), str(document.get("start", "")))


def expand(rows: Sequence[Sequence[Any]]) -> list[tuple[list[str], dict[str, Any]]]:
    """Each row's words and options: `.` repeats the word at its place in the row before, `...` all words up to those that follow it."""
    found: list[tuple[list[str], dict[str, Any]]] = []
    before: list[str] = []
    for row in rows:
        options = dict(row[-1]) if row and isinstance(row[-1], dict) else {}
        words = [str(word) for word in (row[:-1] if row and isinstance(row[-1], dict) else row)]
        if "..." in words:
            at = words.index("...")
            after = words[at + 1 :]
            words = words[:at] + before[at : len(before) - len(after)] + after
        words = [before[i] if word == "." and i < len(before) else word for i, word in enumerate(words)]
        before = words or before
        found.append((words, options))
    return found


def _widget(one: Mapping[str, Any]) -> Widget:
    properties = one.get("properties", {})
    kind = str(one.get("type", ""))
    rows = expand(properties.get("metrics", [])) if kind == "metric" else []
    metrics = tuple(_metric(number, words, options, properties) for number, (words, options) in enumerate(rows))
    return Widget(
        kind, int(one.get("x", 0)), int(one.get("y", 0)), int(one.get("width", 6)), int(one.get("height", 6)), properties, metrics
    )


def _metric(number: int, words: list[str], options: Mapping[str, Any], properties: Mapping[str, Any]) -> Metric:
    given: dict[str, Any] = {
        "id": str(options.get("id") or f"slipway{number}"),
        "label": str(options.get("label") or ""),
        "visible": options.get("visible", True) is not False,
        "axis": "right" if options.get("yAxis") == "right" else "left",
        "color": str(options.get("color") or ""),
        "period": int(options.get("period") or properties.get("period") or DEFAULT_PERIOD),
        "stat": str(options.get("stat") or properties.get("stat") or "Average"),
        "region": str(options.get("region") or properties.get("region") or ""),
    }
    if expression := options.get("expression"):
        return Metric(**given, expression=str(expression))
    pairs = tuple(zip(words[2::2], words[3::2], strict=False))
    return Metric(**given, namespace=words[0], name=words[1], dimensions=pairs)
