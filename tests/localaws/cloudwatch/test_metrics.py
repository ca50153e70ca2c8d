"""CloudWatch metrics: the store itself, and what clients read of it."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from botocore.exceptions import ClientError

from slipway.localaws.cloudwatch import metrics
from slipway.localaws.cloudwatch.expressions import MathError, calculate
from slipway.localaws.cloudwatch.metrics import Name, Point, Series
from slipway.localaws.cloudwatch.statistics import is_statistic, percentile, statistic

START = datetime(2026, 1, 1, tzinfo=timezone.utc)


def test_old_events_become_sums(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of ranges of 2 %, whose percentiles are right to 1 %; of whole minutes when there are too many ranges."""
    monkeypatch.setattr(metrics, "KEPT", 500)
    series = Series()
    for second in range(1, 3001):
        series.add(Point(float(second % 60), 1, float(second), float(second), float(second)))
    points = series.between(0, 1000)
    assert len(points) < 1000 and statistic("Sum", points) == 3000 * 3001 / 2 and statistic("SampleCount", points) == 3000
    assert (statistic("Minimum", points), statistic("Maximum", points)) == (1, 3000)
    for percent in (50, 90, 99):
        assert statistic(f"p{percent}", points) == pytest.approx(30 * percent, rel=0.011)


def test_memory_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(metrics, "KEPT", 10)
    series = Series()
    for second in range(1300):
        series.add(Point(float(second), 1, 2.0 + second, 2.0 + second, 2.0 + second))
    points = series.between(0, 2000)
    assert len(points) < 10 + 10 + 22 and statistic("SampleCount", points) == 1300
    assert statistic("Sum", points) == sum(2.0 + second for second in range(1300))
    monkeypatch.setattr(metrics, "MINUTES", 2)
    for second in range(1300, 1400):
        series.add(Point(float(second), 1, 1.0, 1.0, 1.0))
    assert statistic("SampleCount", series.between(0, 2000)) < 200


def test_trimmed_means_and_ranks() -> None:
    points = [Point(0, 1, float(value), float(value), float(value)) for value in range(1, 101)]
    assert statistic("tm90", points) == pytest.approx(45.5) and statistic("IQM", points) == pytest.approx(50.5)
    assert [statistic(name, points) for name in ("PR(:50)", "PR(50:)", "PR(10:20)")] == [50, 50, 10]
    assert statistic("tm90", [Point(0, 2, 3.0, 1.0, 2.0)]) is None
    assert [is_statistic(name) for name in ("tm99.9", "PR(1:2)", "p101", "tm", "Median")] == [True, True, False, False, False]


def test_statistics_and_percentiles() -> None:
    points = [Point(0, 1, float(value), float(value), float(value)) for value in range(1, 101)]
    assert [statistic(name, points) for name in ("Average", "Minimum", "Maximum", "p50", "p99", "p99.9")] == [50.5, 1, 100, 50, 99, 100]
    assert statistic("Sum", []) is None
    assert percentile(90, [Point(0, 9, 9.0, 1.0, 1.0), Point(0, 1, 5.0, 5.0, 5.0)]) == 1.0
    assert percentile(90, [Point(0, 9, 9.0, 0.5, 2.0)]) is None


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("errors / requests * 100", {0.0: 50.0}),
        ("IF(requests > 15, 1, 0)", {0.0: 0.0, 60.0: 1.0}),
        ("FILL(errors, 0) + 1", {0.0: 6.0, 60.0: 1.0}),
        ("FILL(errors, REPEAT)", {0.0: 5.0, 60.0: 5.0}),
        ("SUM([errors, requests])", {0.0: 15.0, 60.0: 20.0}),
        ("MAX(METRICS())", {0.0: 10.0, 60.0: 20.0}),
        ("SUM(requests)", {0.0: 30.0, 60.0: 30.0}),
        ("-requests + ABS(-2) ^ 2", {0.0: -6.0, 60.0: -16.0}),
        ("requests >= 10 && requests < 15 || requests == 3", {0.0: 1.0, 60.0: 0.0}),
        ("requests / 0", {}),
    ],
)
def test_metric_math(expression: str, expected: dict[float, float]) -> None:
    known = {"errors": {0.0: 5.0}, "requests": {0.0: 10.0, 60.0: 20.0}}
    assert calculate(expression, known, [0.0, 60.0]) == expected


@pytest.mark.parametrize(
    "expression", ["absent + 1", "1 +", "__import__('os')", "ANOMALY_DETECTION_BAND(errors)", "METRICS()", "errors.real"]
)
def test_metric_math_that_is_refused(expression: str) -> None:
    with pytest.raises(MathError):
        calculate(expression, {"errors": {0.0: 5.0}}, [0.0])


def put(client: Any, **datum: Any) -> None:
    data = {"MetricName": "Latency", "Dimensions": [{"Name": "D", "Value": "1"}], "Timestamp": START + timedelta(seconds=30), **datum}
    client("cloudwatch").put_metric_data(Namespace="Own", MetricData=[data])


def test_clients_read_what_they_put(client: Any) -> None:
    put(client, Values=[10.0, 20.0], Counts=[3.0, 1.0], Unit="Milliseconds")
    put(client, StatisticValues={"SampleCount": 2, "Sum": 60.0, "Minimum": 10.0, "Maximum": 50.0}, Timestamp=START + timedelta(seconds=90))
    question = {"Namespace": "Own", "MetricName": "Latency", "StartTime": START, "EndTime": START + timedelta(minutes=5), "Period": 60}
    dimensions = [{"Name": "D", "Value": "1"}]
    answer = client("cloudwatch").get_metric_statistics(
        **question, Dimensions=dimensions, Statistics=["Sum", "Maximum"], ExtendedStatistics=["p50"]
    )
    first, second = answer["Datapoints"]
    assert (first["Sum"], first["Maximum"], first["ExtendedStatistics"], first["Timestamp"]) == (50.0, 20.0, {"p50": 10.0}, START)
    assert second["Sum"] == 60.0 and "ExtendedStatistics" not in second
    assert client("cloudwatch").get_metric_statistics(**question, Statistics=["Sum"])["Datapoints"] == []
    assert (
        client("cloudwatch").get_metric_statistics(**question, Dimensions=dimensions, Statistics=["Sum"], Unit="Count")["Datapoints"] == []
    )
    assert client("cloudwatch").list_metrics(Namespace="Own")["Metrics"] == [
        {"Namespace": "Own", "MetricName": "Latency", "Dimensions": dimensions}
    ]


def test_metric_data(client: Any) -> None:
    put(client, Value=4.0)
    put(client, Value=6.0, Timestamp=START + timedelta(seconds=90))
    metric = {"Namespace": "Own", "MetricName": "Latency", "Dimensions": [{"Name": "D", "Value": "1"}]}
    queries = [
        {"Id": "m", "MetricStat": {"Metric": metric, "Period": 60, "Stat": "p90"}, "ReturnData": False},
        {"Id": "twice", "Expression": "m * 2", "Label": "Twice"},
    ]
    window = {"StartTime": START, "EndTime": START + timedelta(minutes=3)}
    (result,) = client("cloudwatch").get_metric_data(MetricDataQueries=queries, **window)["MetricDataResults"]
    assert (result["Label"], result["Values"], result["StatusCode"]) == ("Twice", [12.0, 8.0], "Complete")
    (rising,) = client("cloudwatch").get_metric_data(MetricDataQueries=queries, ScanBy="TimestampAscending", **window)["MetricDataResults"]
    assert rising["Values"] == [8.0, 12.0] and rising["Timestamps"][0] == START
    with pytest.raises(ClientError, match="SELECT"):
        client("cloudwatch").get_metric_data(MetricDataQueries=[{"Id": "s", "Expression": "SELECT SUM(x)"}], **window)


def test_a_window_of_values(url: str) -> None:
    for value in (1.0, 2.0):
        metrics.emit("111111111111", "eu-west-1", "N", "M", {"A": "b"}, value)
    assert metrics.window("111111111111", "eu-west-1", "N", "M", {"A": "b"}, 60) == [1.0, 2.0]
    assert metrics.store("111111111111", "eu-west-1").names() == [Name("N", "M", (("A", "b"),))]
