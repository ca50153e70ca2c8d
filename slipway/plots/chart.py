"""A chart as HTML: a place for the plot, the facts of each series as a table, and its data for assets/page.js."""

from __future__ import annotations

import math
from collections.abc import Sequence
from html import escape
from typing import Any

from slipway.plots.numbers import NOTHING, number
from slipway.plots.page import Chart, Series

_DIGITS = 7
"""Digits kept of a value: more than a plot shows, fewer bytes than a float's."""


def chart_data(chart: Chart) -> dict[str, Any]:
    """What page.js draws. Equal x are sent once; keys with their default are left out."""
    xs: list[list[float]] = []
    series = []
    for one in chart.series:
        values = [_rounded(value, chart.x_kind != "time") for value in one.x]
        if values not in xs:
            xs.append(values)
        series.append(
            _without_defaults(
                {
                    "label": one.label,
                    "x": xs.index(values),
                    "y": [None if value is None or not math.isfinite(value) else _rounded(value) for value in one.y],
                    "right": one.axis == "right",
                    "color": one.color,
                    "fill": one.fill,
                },
                keep=("label", "x", "y"),
            )
        )
    members = ("x_kind", "kind", "unit", "x_unit", "right_unit", "stacked", "log_y", "low", "high", "right_low", "right_high", "height")
    found = {name: getattr(chart, name) for name in members}
    found["x_range"] = list(chart.x_range) if chart.x_range else None
    found["thresholds"] = [
        _without_defaults(
            {"value": t.value, "label": t.label, "right": t.axis == "right", "color": t.color, "fill": t.fill}, keep=("value",)
        )
        for t in chart.thresholds
    ]
    found["markers"] = [_without_defaults({"x": m.x, "label": m.label, "color": m.color}, keep=("x",)) for m in chart.markers]
    return {**_without_defaults(found, keep=("x_kind", "kind", "height")), "title": chart.title, "xs": xs, "series": series}


def chart_html(chart: Chart, number_of_chart: int) -> str:
    """Title, plot, note and values; the values are there without JavaScript, for screen readers and printers."""
    units = " and ".join(escape(unit) for unit in dict.fromkeys((chart.unit, chart.right_unit)) if unit)
    unit = f' <span class="unit">{units}</span>' if units else ""
    note = f'<p class="note">{escape(chart.note)}</p>' if chart.note else ""
    label = escape(f"{chart.title}: plot of {len(chart.series)} series; the values stand in the table below", quote=True)
    has_points = any(value is not None for one in chart.series for value in one.y)
    empty = "" if has_points else '<p class="empty">no data</p>'
    return (
        f'<h3>{escape(chart.title)}{unit}</h3><div class="plot" id="plot-{number_of_chart}" data-chart="{number_of_chart}" role="img"'
        f' aria-label="{label}" style="min-height:{chart.height}px">{empty}</div>{note}{_facts(chart) if has_points else ""}'
    )


def _facts(chart: Chart) -> str:
    columns = ["series", "points", "least", "mean", "most", "last", *(["sum"] if chart.sums else [])]
    head = "".join(f'<th scope="col">{name}</th>' for name in columns)
    rows = "".join(_row(one, chart.sums) for one in chart.series)
    return (
        '<details class="values"><summary>values</summary><div class="scroll"><table class="facts"><thead>'
        f"<tr>{head}</tr></thead><tbody>{rows}</tbody></table></div></details>"
    )


def _row(series: Series, sums: bool) -> str:
    values = [value for value in series.y if value is not None and math.isfinite(value)]
    cells = [str(len(values)), *([NOTHING] * 4)]
    if values:
        cells = [str(len(values)), number(min(values)), number(math.fsum(values) / len(values)), number(max(values)), number(values[-1])]
    if sums:
        cells.append(_exact(values))
    return f'<tr><th scope="row">{escape(series.label)}</th>' + "".join(f"<td>{cell}</td>" for cell in cells) + "</tr>"


def _exact(values: Sequence[float]) -> str:
    """The sum of counts, every digit of it."""
    total = math.fsum(values)
    return f"{total:,.0f}" if total == int(total) else f"{total:,.3f}"


def _rounded(value: float, short: bool = True) -> float:
    """As an int where it is one. Moments keep their milliseconds."""
    value = float(f"{value:.{_DIGITS}g}") if short else round(value, 3)
    return int(value) if value == int(value) else value


def _without_defaults(found: dict[str, Any], keep: Sequence[str]) -> dict[str, Any]:
    return {key: value for key, value in found.items() if key in keep or (value is not None and value not in ("", False) and value != [])}
