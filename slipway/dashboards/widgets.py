"""One widget and its data as a block of a page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timezone
from typing import Any, Literal, cast

from slipway.dashboards.alarms import TONES, Alarm
from slipway.dashboards.body import Widget
from slipway.dashboards.queries import COUNTS, Line, Range, is_one_value, one_value, period_for
from slipway.plots.numbers import with_unit
from slipway.plots.page import Bar, Bars, Block, Chart, Gauge, Marker, Series, Table, Text, Threshold, Tile, Tiles, Tone

ROW = 50
"""CSS pixels of one row of a dashboard's grid."""
_BESIDES_PLOT = 90
"""CSS pixels that title, legend and values take of a chart."""
_READABLE = {"microseconds": ("ms", 1e-3), "milliseconds": ("ms", 1.0), "seconds": ("s", 1.0), "percent": ("%", 1.0), "bytes": ("B", 1.0)}
"""CloudWatch's units as they are shown, and what values are multiplied by."""


def block(widget: Widget, lines: Sequence[Line], alarms: Mapping[str, Alarm], span: Range) -> Block:
    """The widget as a block; whatever CloudWatch draws and this cannot (custom widgets, for example) as a line that says so."""
    if widget.kind == "text":
        return Text(str(widget.properties.get("markdown", "")), markdown=True, width=widget.width)
    if widget.kind == "alarm":
        return _alarms(widget, alarms)
    if widget.kind == "log":
        return Text(
            f"**{widget.title or 'Logs Insights'}**\n\n```\n{widget.properties.get('query', '')}\n```", markdown=True, width=widget.width
        )
    if widget.kind != "metric":
        return Text(f"{widget.title or 'A widget'} ({widget.kind}) is shown by the CloudWatch console only.", width=widget.width)
    if widget.view == "singleValue":
        tiles = [Tile(line.label, with_unit(latest(widget, line), _shown_unit(widget, line.metric.axis)[0])) for line in lines]
        return Tiles(tiles or [Tile(widget.title, "–", "no data")], widget.title, widget.width)
    if widget.view in ("bar", "pie"):
        bars = [Bar(line.label, value, line.metric.color) for line in lines if (value := latest(widget, line)) is not None]
        return Bars(widget.title, bars, _shown_unit(widget)[0], width=widget.width)
    if widget.view == "gauge":
        return _gauge(widget, lines)
    if widget.view == "table":
        rows = [[line.label, latest(widget, line), *_extremes(widget, line)] for line in lines]
        return Table(widget.title, ["", "last", "least", "most"], rows, width=widget.width)
    return _chart(widget, lines, alarms, span)


def latest(widget: Widget, line: Line) -> float | None:
    """The newest value, or that of the whole range, in the unit that is shown; or None."""
    value = one_value(line) if is_one_value(widget) else line.values[-1] if line.values else None
    return None if value is None else value * _shown_unit(widget, line.metric.axis)[1]


def _shown_unit(widget: Widget, side: str = "left") -> tuple[str, float]:
    """What an axis is labelled with, and what its values are multiplied by for that."""
    label = str(_axis(widget, side).get("label", ""))
    return _READABLE.get(label.lower(), (label, 1.0))


def _axis(widget: Widget, side: str) -> Mapping[str, Any]:
    found: Mapping[str, Any] = (widget.properties.get("yAxis") or {}).get(side) or {}
    return found


def _extremes(widget: Widget, line: Line) -> list[float | None]:
    factor = _shown_unit(widget, line.metric.axis)[1]
    return [min(line.values) * factor, max(line.values) * factor] if line.values else [None, None]


def _chart(widget: Widget, lines: Sequence[Line], alarms: Mapping[str, Alarm], span: Range) -> Chart:
    units = {side: _shown_unit(widget, side) for side in ("left", "right")}
    shown = [
        Series(line.label, *_with_gaps(line, span, units[line.metric.axis][1]), axis=line.metric.axis, color=line.metric.color)
        for line in lines
    ]
    annotations = widget.properties.get("annotations") or {}
    thresholds = [*_horizontal(annotations), *_thresholds(annotations, alarms)]
    return Chart(
        widget.title,
        shown,
        unit=units["left"][0],
        right_unit=units["right"][0],
        thresholds=[replace(one, value=one.value * units[one.axis][1]) for one in thresholds],
        markers=_vertical(annotations),
        stacked=bool(widget.properties.get("stacked")),
        low=_end(widget, "left", "min"),
        high=_end(widget, "left", "max"),
        right_low=_end(widget, "right", "min"),
        right_high=_end(widget, "right", "max"),
        x_range=(span.start, span.end),
        sums=bool(lines) and all(line.metric.stat in COUNTS and not line.metric.expression for line in lines),
        width=widget.width,
        height=max(120, widget.height * ROW - _BESIDES_PLOT),
    )


def _end(widget: Widget, side: str, which: str) -> float | None:
    given = _axis(widget, side).get(which)
    return None if given is None else float(given) * _shown_unit(widget, side)[1]


def _with_gaps(line: Line, span: Range, factor: float) -> tuple[list[float], list[float | None]]:
    """Times and values; where periods are missing in between there is a None, so that no line is drawn over them."""
    step = period_for(line.metric.period, span)
    times: list[float] = []
    values: list[float | None] = []
    for time, value in zip(line.times, line.values, strict=True):
        if times and time - times[-1] > 1.5 * step:
            times.append(times[-1] + step)
            values.append(None)
        times.append(time)
        values.append(value * factor)
    return times, values


def _horizontal(annotations: Mapping[str, Any]) -> list[Threshold]:
    """Lines, and bands of two lines in an array."""
    found = []
    for item in annotations.get("horizontal", []):
        for one in item if isinstance(item, list) else [item]:
            if one.get("visible", True) is not False:
                fill = one.get("fill") if one.get("fill") in ("above", "below") else ""
                side = "right" if one.get("yAxis") == "right" else "left"
                found.append(_threshold(float(one["value"]), str(one.get("label", "")), side, str(one.get("color", "")), str(fill)))
    return found


def _threshold(value: float, label: str, side: str, color: str, fill: str) -> Threshold:
    return Threshold(value, label, cast(Literal["left", "right"], side), color, cast(Literal["", "above", "below"], fill))


def _thresholds(annotations: Mapping[str, Any], alarms: Mapping[str, Alarm]) -> list[Threshold]:
    known = [alarms[arn] for arn in annotations.get("alarms", []) if arn in alarms]
    return [Threshold(alarm.threshold, f"{alarm.name}: {alarm.state}") for alarm in known if alarm.threshold is not None]


def _vertical(annotations: Mapping[str, Any]) -> list[Marker]:
    items = [one for item in annotations.get("vertical", []) for one in (item if isinstance(item, list) else [item])]
    return [
        Marker(_moment(one["value"]), str(one.get("label", "")), str(one.get("color", ""))) for one in items if one.get("visible", True)
    ]


def _moment(value: str | float) -> float:
    if isinstance(value, (int, float)):
        return value / 1000 if value > 1e11 else float(value)
    moment = datetime.fromisoformat(value.replace("Z", "+00:00"))
    return (moment if moment.tzinfo else moment.replace(tzinfo=timezone.utc)).timestamp()


def _gauge(widget: Widget, lines: Sequence[Line]) -> Block:
    axis, (unit, factor) = _axis(widget, "left"), _shown_unit(widget)
    low, high = float(axis.get("min", 0)) * factor, float(axis.get("max", 100)) * factor
    if len(lines) > 1:
        bars = [Bar(line.label, value, line.metric.color) for line in lines if (value := latest(widget, line)) is not None]
        return Bars(widget.title, bars, unit, low, high, widget.width)
    value = latest(widget, lines[0]) if lines else None
    marks = [replace(one, value=one.value * factor) for one in _horizontal(widget.properties.get("annotations") or {})]
    return Gauge(widget.title, value, low, high, unit, marks, widget.width)


def _alarms(widget: Widget, alarms: Mapping[str, Alarm]) -> Table:
    rows: list[list[str | float | int | None]] = []
    tones: list[Tone] = []
    for arn in widget.properties.get("alarms", []):
        alarm = alarms.get(arn)
        state = alarm.state if alarm else "does not exist"
        rows.append([state, arn.split(":alarm:", 1)[-1], _when(alarm), alarm.reason if alarm else ""])
        tones.append(cast(Tone, TONES.get(state, "warning")))
    return Table(widget.title or "Alarms", ["state", "alarm", "since (UTC)", "reason"], rows, tones, widget.width)


def _when(alarm: Alarm | None) -> str:
    return datetime.fromtimestamp(alarm.changed, timezone.utc).strftime("%Y-%m-%d %H:%M:%S") if alarm and alarm.changed else ""
