"""From a dashboard's body to GetMetricData's queries, and back."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime, timezone
from typing import Any

import pytest

from slipway.dashboards.body import Metric, Widget, expand, read_dashboard
from slipway.dashboards.checks import problems
from slipway.dashboards.queries import Line, Range, fetch, one_value, period_for
from slipway.dashboards.render import start_seconds
from slipway.dashboards.widgets import block
from slipway.plots.page import Chart, Gauge, Table, Text, Tiles
from tests.dashboards.bodies import WIDGETS, body

HOUR = Range(3600 * 10.0, 3600 * 11.0)


class CloudWatch:
    """Answers every query with 1 and 2, one datapoint at a time when `page` is 1."""

    def __init__(self, page: int = 100) -> None:
        self.calls: list[dict[str, Any]] = []
        self._page = page

    def get_metric_data(self, **request: Any) -> dict[str, Any]:
        self.calls.append(request)
        shown = [query for query in request["MetricDataQueries"] if query["ReturnData"]]
        points = [(query, value) for query in shown for value in (1.0, 2.0)]
        first = int(request.get("NextToken", 0))
        results = [
            {
                "Id": query["Id"],
                "Label": query.get("Label", query["Id"]),
                "Timestamps": [datetime.fromtimestamp(36_000 + 60 * value, timezone.utc)],
                "Values": [value],
            }
            for query, value in points[first : first + self._page]
        ]
        more = {"NextToken": str(first + self._page)} if len(points) > first + self._page else {}
        return {"MetricDataResults": results, **more}


def widget(*metrics: Metric, **properties: Any) -> Widget:
    return Widget("metric", 0, 0, 8, 6, properties, metrics)


def queries(cloudwatch: CloudWatch) -> Iterator[dict[str, Any]]:
    for call in cloudwatch.calls:
        yield from call["MetricDataQueries"]


def test_the_body_of_the_tests_is_one_that_aws_takes() -> None:
    assert problems(body()) == []


def test_abbreviations() -> None:
    rows = expand(
        [
            ["AWS/X", "A", "D", "1"],
            ["...", "2"],
            [".", "B", ".", "."],
            ["AWS/Y", "C", {"stat": "Sum"}],
            [".", "D"],
            [{"expression": "m"}],
            ["...", "E"],
        ]
    )
    assert [words for words, _ in rows] == [
        ["AWS/X", "A", "D", "1"],
        ["AWS/X", "A", "D", "2"],
        ["AWS/X", "B", "D", "2"],
        ["AWS/Y", "C"],
        ["AWS/Y", "D"],
        [],
        ["AWS/Y", "E"],
    ]  # fmt: skip
    assert rows[3][1] == {"stat": "Sum"}


def test_widgets_come_from_top_to_bottom() -> None:
    text = json.dumps(
        {"widgets": [{"type": "text", "x": 0, "y": 6, "properties": {}}, {"type": "alarm", "x": 6, "y": 0, "properties": {}}]}
    )
    assert [one.kind for one in read_dashboard("x", text).widgets] == ["alarm", "text"]


def test_a_metric_has_its_own_options_or_those_of_the_widget() -> None:
    properties = {"region": "eu-west-1", "stat": "Sum", "period": 60}
    rows = [["N", "A", "D", "v", {"stat": "p99", "period": 300, "yAxis": "right", "visible": False, "color": "#aabbcc"}], ["N", "B"]]
    text = json.dumps({"widgets": [{"type": "metric", "properties": {**properties, "metrics": rows}}]})
    first, second = read_dashboard("x", text).widgets[0].metrics
    assert first == Metric("slipway0", "", False, "right", "#aabbcc", 300, "p99", "N", "A", (("D", "v"),), region="eu-west-1")
    assert (second.stat, second.period, second.visible, second.axis) == ("Sum", 60, True, "left")


def test_ids_of_two_widgets_do_not_meet() -> None:
    cloudwatch = CloudWatch()
    math = widget(Metric("m1", visible=False, name="A"), Metric("e1", expression="RATE(m1) + IF(m1 > 1, 'm1', 0)"))
    lines = fetch(lambda _: cloudwatch, [math, math], HOUR)
    assert len(cloudwatch.calls) == 1
    assert [query["Id"] for query in queries(cloudwatch)] == ["w0_m1", "w0_e1", "w1_m1", "w1_e1"]
    assert [query.get("Expression") for query in queries(cloudwatch)][1] == "RATE(w0_m1) + IF(w0_m1 > 1, 'm1', 0)"
    assert [[(line.label, line.values) for line in per_widget] for per_widget in lines] == [[("e1", (1.0, 2.0))]] * 2


def test_500_queries_at_a_time_and_all_pages() -> None:
    cloudwatch = CloudWatch(page=1)
    lines = fetch(lambda _: cloudwatch, [widget(*(Metric(f"m{i}") for i in range(300)))] * 2, HOUR)
    sizes = {len(call["MetricDataQueries"]) for call in cloudwatch.calls}
    assert sizes == {300} and len(cloudwatch.calls) == 1200
    assert all(line.values == (1.0, 2.0) for per_widget in lines for line in per_widget)


def test_what_asks_for_everything_asks_alone() -> None:
    cloudwatch = CloudWatch()
    alone = widget(Metric("m1"), Metric("e1", expression="SUM(METRICS())"))
    fetch(lambda _: cloudwatch, [widget(Metric("m1")), alone, widget(Metric("m1"))], HOUR)
    assert [[query["Id"] for query in call["MetricDataQueries"]] for call in cloudwatch.calls] == [["w1_m1", "w1_e1"], ["w0_m1", "w2_m1"]]


def test_a_range_begins_at_a_multiple_of_the_period() -> None:
    cloudwatch = CloudWatch()
    total = widget(Metric("m1"), view="singleValue", setPeriodToTimeRange=True)
    fetch(lambda _: cloudwatch, [widget(Metric("m1", period=3600)), total], Range(3600 * 10 + 120.0, 3600 * 12 + 120.0))
    assert [call["StartTime"].timestamp() for call in cloudwatch.calls] == [36_000, 36_120]
    assert next(reversed(list(queries(cloudwatch))))["MetricStat"]["Period"] == 7200


@pytest.mark.parametrize(
    ("period", "seconds", "override", "wanted"),
    [(60, 3600, 0, 60), (300, 3600, 60, 60), (10, 3600, 0, 10), (10, 4 * 3600, 0, 60), (60, 7 * 86_400, 0, 420), (60, 20 * 86_400, 0, 1200), (60, 90 * 86_400, 0, 7200)],
)  # fmt: skip
def test_periods(period: int, seconds: float, override: int, wanted: int) -> None:
    assert period_for(period, Range(0, seconds, override)) == wanted


def test_equal_labels_are_told_apart() -> None:
    cloudwatch = CloudWatch()
    metrics = [Metric(f"m{i}", "calls", name="A", dimensions=(("D", value),), stat="Sum") for i, value in enumerate("ab")]
    (lines,) = fetch(lambda _: cloudwatch, [widget(*metrics)], HOUR)
    assert [line.label for line in lines] == ["calls a Sum", "calls b Sum"]


@pytest.mark.parametrize(("stat", "value"), [("Sum", 3), ("SampleCount", 3), ("Minimum", 1), ("Maximum", 2), ("p99", 2)])
def test_a_range_that_was_cut_in_two(stat: str, value: float) -> None:
    assert one_value(Line(Metric("m", stat=stat), "x", (0.0, 60.0), (1.0, 2.0))) == value
    assert one_value(Line(Metric("m", stat=stat), "x")) is None


def test_missing_periods_are_gaps() -> None:
    line = Line(Metric("m", period=60), "x", (0.0, 60.0, 240.0), (1.0, 2.0, 3.0))
    chart = block(widget(line.metric), [line], {}, HOUR)
    assert isinstance(chart, Chart)
    assert list(zip(chart.series[0].x, chart.series[0].y, strict=True)) == [(0, 1), (60, 2), (120, None), (240, 3)]


def test_views_without_data() -> None:
    kinds = [type(block(widget(view=view), [], {}, HOUR)) for view in ("timeSeries", "singleValue", "gauge", "table")]
    assert kinds == [Chart, Tiles, Gauge, Table]
    assert isinstance(block(Widget("explorer", 0, 0, 6, 6, {}), [], {}, HOUR), Text)
    assert len(WIDGETS) > 15


@pytest.mark.parametrize(("start", "seconds"), [("-PT3H", 10_800), ("-PT30M", 1800), ("-P7D", 604_800), ("-P2W", 1_209_600), ("", 10_800), ("2026-01-01T00:00:00Z", 10_800)])  # fmt: skip
def test_start(start: str, seconds: int) -> None:
    assert start_seconds(start) == seconds
