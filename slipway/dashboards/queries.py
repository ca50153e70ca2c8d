"""From the widgets of a dashboard to GetMetricData's queries, and from its answers back to lines of each widget."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timezone
from typing import Any

from slipway.dashboards.body import Metric, Widget

MOST_QUERIES = 500
"""Queries of one GetMetricData (API: GetMetricData)."""
MOST_POINTS = 1440
"""Points of a line: longer ranges get longer periods, as in the console."""
COUNTS = ("Sum", "SampleCount")
"""Statistics that can be added over periods."""
_DAY = 86_400
_WORD = re.compile(r"""'[^']*'|"[^"]*"|\b[a-z][A-Za-z0-9_]*\b""")


@dataclass(frozen=True)
class Range:
    """From `start` to `end`, seconds since 1970. `period`: seconds of a point in place of what the widgets say; 0 for theirs."""

    start: float
    end: float
    period: int = 0

    @property
    def seconds(self) -> float:
        """How long it is."""
        return self.end - self.start


@dataclass(frozen=True)
class Line:
    """One time series of a widget: the row it comes from (an expression can have several), its label and its values, oldest first."""

    metric: Metric
    label: str
    times: tuple[float, ...] = ()
    values: tuple[float, ...] = ()


@dataclass
class _Batch:
    """Widgets that are asked about together: same region, and same period, at whose multiples the range begins."""

    period: int
    widgets: list[int] = field(default_factory=list)
    queries: list[dict[str, Any]] = field(default_factory=list)


def fetch(client: Callable[[str], Any], widgets: Sequence[Widget], span: Range) -> list[list[Line]]:
    """The visible lines of each widget. `client` gives a CloudWatch client for a region; empty means that of the environment."""
    found: list[list[Line]] = [[] for _ in widgets]
    for region, batch in _batches(widgets, span):
        rows = {_id(number, metric.id): (number, metric) for number in batch.widgets for metric in widgets[number].metrics}
        start = span.start if batch.period >= span.seconds else span.start - span.start % batch.period
        for key, label, times, values in _ask(client(region), batch.queries, start, span.end):
            number, metric = rows[key]
            # An expression without a label is called like its id.
            found[number].append(Line(metric, metric.id if label == key else label, times, values))
    return [_in_order(widget, lines) for widget, lines in zip(widgets, found, strict=True)]


def period_for(period: int, span: Range) -> int:
    """A widget's period over a range: never more than MOST_POINTS points, and none that CloudWatch no longer keeps by then."""
    wanted = span.period or period
    kept = 3600 if span.seconds > 63 * _DAY else 300 if span.seconds > 15 * _DAY else 60 if span.seconds > 3 * 3600 else 1
    wanted = max(wanted, kept)
    factor = -(-span.seconds // (wanted * MOST_POINTS))
    return int(wanted * max(1, factor))


def is_one_value(widget: Widget) -> bool:
    """Whether it shows one value for the whole range, so that the range is the period."""
    return widget.view != "timeSeries" and bool(widget.properties.get("setPeriodToTimeRange"))


def one_value(line: Line) -> float | None:
    """The value of a line that was asked for with the range as its period; None without data.

    CloudWatch may cut the range in two at a multiple of that period: counts are added then, of anything else the larger part counts.
    """
    if not line.values:
        return None
    if line.metric.stat in COUNTS:
        return math.fsum(line.values)
    return min(line.values) if line.metric.stat == "Minimum" else max(line.values)


def _batches(widgets: Sequence[Widget], span: Range) -> Iterator[tuple[str, _Batch]]:
    open_ones: dict[tuple[str, int], _Batch] = {}
    for number, widget in enumerate(widgets):
        if not widget.metrics:
            continue
        periods = [int(span.seconds) if is_one_value(widget) else period_for(metric.period, span) for metric in widget.metrics]
        queries = [_query(number, metric, period, widget) for metric, period in zip(widget.metrics, periods, strict=True)]
        key = (widget.metrics[0].region, max(periods))
        if any("METRICS(" in metric.expression for metric in widget.metrics):
            yield key[0], _Batch(key[1], [number], queries)  # METRICS() is everything that is asked for
            continue
        batch = open_ones.setdefault(key, _Batch(key[1]))
        if len(batch.queries) + len(queries) > MOST_QUERIES:
            yield key[0], batch
            batch = open_ones[key] = _Batch(key[1])
        batch.widgets.append(number)
        batch.queries += queries
    yield from ((region, batch) for (region, _), batch in open_ones.items())


def _query(number: int, metric: Metric, period: int, widget: Widget) -> dict[str, Any]:
    query: dict[str, Any] = {"Id": _id(number, metric.id), "ReturnData": metric.visible}
    if metric.label:
        query["Label"] = metric.label
    if metric.expression:
        ids = {other.id for other in widget.metrics}
        return {**query, "Expression": _renamed(metric.expression, number, ids), "Period": period}
    dimensions = [{"Name": name, "Value": value} for name, value in metric.dimensions]
    named = {"Namespace": metric.namespace, "MetricName": metric.name, "Dimensions": dimensions}
    return {**query, "MetricStat": {"Metric": named, "Period": period, "Stat": metric.stat}}


def _id(number: int, key: str) -> str:
    return f"w{number}_{key}"


def _renamed(expression: str, number: int, ids: set[str]) -> str:
    return _WORD.sub(lambda word: _id(number, word[0]) if word[0] in ids else word[0], expression)


def _ask(
    cloudwatch: Any, queries: list[dict[str, Any]], start: float, end: float
) -> list[tuple[str, str, tuple[float, ...], tuple[float, ...]]]:
    """All pages of one GetMetricData. A time series that goes on in the next page comes again with its id and label."""
    request = {
        "MetricDataQueries": queries,
        "StartTime": datetime.fromtimestamp(start, timezone.utc),
        "EndTime": datetime.fromtimestamp(end, timezone.utc),
        "ScanBy": "TimestampAscending",
    }
    found: dict[tuple[str, str], tuple[list[float], list[float]]] = {}
    token = ""
    while True:
        answer: Mapping[str, Any] = cloudwatch.get_metric_data(**request, **({"NextToken": token} if token else {}))
        for one in answer["MetricDataResults"]:
            times, values = found.setdefault((one["Id"], one.get("Label", "")), ([], []))
            times += [moment.timestamp() for moment in one.get("Timestamps", [])]
            values += one.get("Values", [])
        token = answer.get("NextToken", "")
        if not token:
            return [(key, label, tuple(times), tuple(values)) for (key, label), (times, values) in found.items()]


def _in_order(widget: Widget, lines: Iterable[Line]) -> list[Line]:
    """As the widget has its rows. Equal labels get what tells the metrics apart."""
    order = {metric.id: number for number, metric in enumerate(widget.metrics)}
    sorted_lines = sorted(lines, key=lambda line: order[line.metric.id])
    labels = [line.label for line in sorted_lines]
    return [replace(line, label=_longer(line)) if labels.count(line.label) > 1 else line for line in sorted_lines]


def _longer(line: Line) -> str:
    words = [line.label, *(value for _, value in line.metric.dimensions), *([line.metric.stat] if not line.metric.expression else [])]
    return " ".join(dict.fromkeys(word for word in words if word))
