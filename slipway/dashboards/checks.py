"""What PutDashboard refuses: bodies that break "Dashboard body structure and syntax". The local CloudWatch refuses the same."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from slipway.dashboards.body import expand

WIDGETS, METRICS = 500, 500
"""Widgets of a dashboard, metrics of a widget, at most (CloudWatch service quotas)."""
KINDS = ("metric", "text", "log", "alarm", "explorer", "custom", "trace")
VIEWS = ("timeSeries", "singleValue", "gauge", "bar", "pie", "table")
_ID = re.compile(r"[a-z][a-zA-Z0-9_]*")
_STAT = re.compile(
    r"SampleCount|Average|Sum|Minimum|Maximum|IQM|(?:p|tm|tc|ts|wm)\d{1,3}(?:\.\d{1,10})?|(?:PR|TM|TC|TS|WM)\([^)]*:[^)]*\)",
)
_COLOR = re.compile(r"#[0-9a-fA-F]{6}")
_GRID = {"x": (0, 23), "y": (0, 1_000_000), "width": (1, 24), "height": (1, 1000)}


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong. `path` is where, such as /widgets/0/properties/metrics/1."""

    path: str
    message: str


def problems(text: str) -> list[Problem]:
    """What CloudWatch has against a body; nothing when it takes it."""
    try:
        document = json.loads(text)
    except ValueError:
        return [Problem("", "The field DashboardBody must be a valid JSON object")]
    if not isinstance(document, dict):
        return [Problem("", "The field DashboardBody must be a valid JSON object")]
    widgets = document.get("widgets")
    if not isinstance(widgets, list):
        return [Problem("/widgets", "Should have property widgets, an array")]
    found = [Problem("/widgets", f"Should NOT have more than {WIDGETS} items")] if len(widgets) > WIDGETS else []
    for number, widget in enumerate(widgets):
        found += _widget(widget, f"/widgets/{number}")
    return found


def _widget(widget: Any, path: str) -> Iterator[Problem]:
    if not isinstance(widget, dict):
        yield Problem(path, "Should be object")
        return
    kind, properties = widget.get("type"), widget.get("properties")
    if kind not in KINDS:
        yield Problem(f"{path}/type", f"Should be equal to one of the allowed values: {', '.join(KINDS)}")
    for name, (low, high) in _GRID.items():
        value = widget.get(name, low)
        if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
            yield Problem(f"{path}/{name}", f"Should be an integer from {low} to {high}")
    if not isinstance(properties, dict):
        yield Problem(f"{path}/properties", "Should be object")
        return
    checks = {"metric": _metric_widget, "text": _text_widget, "alarm": _alarm_widget, "log": _log_widget}
    if kind in checks:
        yield from checks[kind](properties, f"{path}/properties")


def _text_widget(properties: Mapping[str, Any], path: str) -> Iterator[Problem]:
    if not isinstance(properties.get("markdown"), str):
        yield Problem(path, "Should have required property 'markdown'")


def _alarm_widget(properties: Mapping[str, Any], path: str) -> Iterator[Problem]:
    alarms = properties.get("alarms")
    if not isinstance(alarms, list) or not 1 <= len(alarms) <= 100 or not all(str(arn).startswith("arn:") for arn in alarms):
        yield Problem(f"{path}/alarms", "Should be an array of 1 to 100 alarm ARNs")


def _log_widget(properties: Mapping[str, Any], path: str) -> Iterator[Problem]:
    for name in ("query", "region"):
        if not isinstance(properties.get(name), str):
            yield Problem(path, f"Should have required property '{name}'")


def _metric_widget(properties: Mapping[str, Any], path: str) -> Iterator[Problem]:
    metrics, annotations = properties.get("metrics"), properties.get("annotations") or {}
    if metrics is None and not annotations.get("alarms"):
        yield Problem(path, "Should have required property 'metrics', or alarm annotations")
    if metrics and not isinstance(properties.get("region"), str):
        yield Problem(path, "Should have required property 'region'")
    if properties.get("view", "timeSeries") not in VIEWS:
        yield Problem(f"{path}/view", f"Should be equal to one of the allowed values: {', '.join(VIEWS)}")
    axis = (properties.get("yAxis") or {}).get("left") or {}
    if properties.get("view") == "gauge" and not {"min", "max"} <= set(axis):
        yield Problem(f"{path}/yAxis", "A gauge needs yAxis.left.min and yAxis.left.max")
    yield from _options(properties, path)
    if metrics is None:
        return
    if not isinstance(metrics, list) or not all(isinstance(row, list) and row for row in metrics):
        yield Problem(f"{path}/metrics", "Should be an array of arrays that are not empty")
        return
    if len(metrics) > METRICS:
        yield Problem(f"{path}/metrics", f"Should NOT have more than {METRICS} items")
    ids: set[str] = set()
    for number, (words, options) in enumerate(expand(metrics)):
        yield from _row(words, options, ids, f"{path}/metrics/{number}")


def _row(words: list[str], options: Mapping[str, Any], ids: set[str], path: str) -> Iterator[Problem]:
    if "expression" in options:
        if words:
            yield Problem(path, "An expression stands alone in its array")
    elif len(words) < 2 or len(words) % 2:
        yield Problem(path, "Should be namespace, metric name, and then pairs of dimension name and value")
    if key := options.get("id"):
        if not _ID.fullmatch(str(key)):
            yield Problem(f"{path}/id", "Should begin with a lowercase letter and have letters, digits and underscores only")
        if key in ids:
            yield Problem(f"{path}/id", f"The id {key} is used twice")
        ids.add(str(key))
    yield from _options(options, path)


def _options(options: Mapping[str, Any], path: str) -> Iterator[Problem]:
    """Period, statistic, axis and colour of a widget or of a metric."""
    period = options.get("period")
    if period is not None and not (isinstance(period, int) and (period in (1, 5, 10, 30) or (period > 0 and period % 60 == 0))):
        yield Problem(f"{path}/period", "Should be 1, 5, 10, 30 or a multiple of 60")
    if "stat" in options and not _STAT.fullmatch(str(options["stat"])):
        yield Problem(f"{path}/stat", f"{options['stat']} is no statistic")
    if options.get("color") and not _COLOR.fullmatch(str(options["color"])):
        yield Problem(f"{path}/color", "Should be a colour such as #1f77b4")
    if isinstance(options.get("yAxis"), str) and options["yAxis"] not in ("left", "right"):
        yield Problem(f"{path}/yAxis", "Should be left or right")
