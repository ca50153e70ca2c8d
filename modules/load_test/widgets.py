"""The testers' dashboard as CloudWatch reads it, with widgets for every case. Pure: loads no toolkit.

Format: CloudWatch User Guide, "Dashboard body structure and syntax". The grid is 24 units wide.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any

from modules.load_test.metrics import COUNTS, NAMESPACE, RESPONSE_TIME, dimensions

PERCENTILES = ("p50", "p90", "p99")
_COLOURS = {"StatusSuccess": "#2ca02c", "StatusError": "#d62728", "TestSuccess": "#1f77b4", "TestFail": "#ff7f0e"}
_HALF, _HEIGHT, _TITLE = 12, 6, 2
_GREATEST = 500
"""Widgets that one dashboard may hold (quota)."""

Widget = dict[str, Any]


def dashboard_body(region: str, environment: str, target: str, cases: Sequence[str], function: str) -> str:
    """The body of the dashboard: all requests together, the testers themselves, and a row for each case.

    Raises ValueError when there are more cases than a dashboard has room for.
    """
    if len(cases) > (_GREATEST - 6) // 2:
        raise ValueError(f"{len(cases)} cases make more than the {_GREATEST} widgets of a dashboard; choose some with load_test.cases")
    rows: list[list[Widget]] = [
        [_text(f"# Load test of {target}\nEnvironment {environment}. Response times run from when a request was due to its last byte.")],
        _row(region, environment, target, None, "All cases"),
        [_rates(region, environment, target), _testers(region, function)],
    ]
    rows += [_row(region, environment, target, case, case) for case in cases]
    return json.dumps({"widgets": list(_placed(rows))}, sort_keys=True, separators=(",", ":"))


def _row(region: str, environment: str, target: str, case: str | None, title: str) -> list[Widget]:
    """Response times and counts of one case, or of all."""
    where = [part for pair in dimensions(environment, target, case).items() for part in pair]
    times = [[NAMESPACE, RESPONSE_TIME, *where, {"stat": stat, "label": stat}] for stat in PERCENTILES]
    counts = [[NAMESPACE, metric, *where, {"stat": "Sum", "color": _COLOURS[metric]}] for metric in COUNTS]
    return [_graph(region, f"{title}: response time", times, "ms"), _graph(region, f"{title}: requests", counts, "requests")]


def _rates(region: str, environment: str, target: str) -> Widget:
    where = [part for pair in dimensions(environment, target).items() for part in pair]
    metrics: list[Any] = [
        [{"expression": "100 * status", "label": "answered with success", "id": "status_rate"}],
        [{"expression": "100 * test", "label": "answered as expected", "id": "test_rate"}],
        [NAMESPACE, "StatusSuccess", *where, {"stat": "Average", "id": "status", "visible": False}],
        [NAMESPACE, "TestSuccess", *where, {"stat": "Average", "id": "test", "visible": False}],
    ]
    return _graph(region, "Share of requests", metrics, "%")


def _testers(region: str, function: str) -> Widget:
    stats = {"Invocations": "Sum", "Errors": "Sum", "Throttles": "Sum", "ConcurrentExecutions": "Maximum"}
    metrics = [["AWS/Lambda", metric, "FunctionName", function, {"stat": stat}] for metric, stat in stats.items()]
    return _graph(region, "Testers", metrics, "invocations")


def _graph(region: str, title: str, metrics: list[Any], unit: str) -> Widget:
    properties = {
        "title": title,
        "view": "timeSeries",
        "region": region,
        "period": 60,
        "metrics": metrics,
        "yAxis": {"left": {"min": 0, "label": unit, "showUnits": False}},
    }
    return {"type": "metric", "width": _HALF, "height": _HEIGHT, "properties": properties}


def _text(markdown: str) -> Widget:
    return {"type": "text", "width": 2 * _HALF, "height": _TITLE, "properties": {"markdown": markdown}}


def _placed(rows: Iterable[Sequence[Widget]]) -> Iterable[Widget]:
    y = 0
    for row in rows:
        x = 0
        for widget in row:
            yield {**widget, "x": x, "y": y}
            x += widget["width"]
        y += max(widget["height"] for widget in row)
