"""SEARCH, arrays of time series, labels and pages of GetMetricData."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from botocore.exceptions import ClientError

from modules.dashboard.services import search_terms
from modules.dashboard.widgets import Search
from slipway.localaws.cloudwatch.metrics import Name
from slipway.localaws.cloudwatch.search import SearchError, search, tokens_of

START = datetime(2026, 1, 1, tzinfo=timezone.utc)
WINDOW = {"StartTime": START, "EndTime": START + timedelta(minutes=3), "ScanBy": "TimestampAscending"}
WINE, DEMO = {"EndpointName": "shop-wine", "VariantName": "main"}, {"EndpointName": "shop-demo", "VariantName": "main"}
NAMES = [
    Name.of("AWS/SageMaker", "Invocations", WINE),
    Name.of("AWS/SageMaker", "Invocations", DEMO),
    Name.of("AWS/SageMaker", "ModelLatency", WINE),
    Name.of("AWS/SageMaker", "HasBacklog", {"EndpointName": "shop-wine"}),
    Name.of("AWS/Lambda", "Errors", {"FunctionName": "shop-api"}),
    Name.of("Own/Load Test", "Count2", {"Test Case": "a b"}),
]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("{AWS/SageMaker,EndpointName,VariantName}", [0, 1, 2]),
        ("{AWS/SageMaker,VariantName,EndpointName} Latency", [2]),
        ("{AWS/SageMaker,EndpointName}", [3]),
        ('{AWS/SageMaker,EndpointName,VariantName} MetricName="Invocations"', [0, 1]),
        ('{AWS/SageMaker,EndpointName,VariantName} MetricName="invocations"', []),
        ("invocations", [0, 1]),
        ("Namespace=Lambda", [4]),
        ('EndpointName="shop-wine"', [0, 2, 3]),
        ("EndpointName=wine", [0, 2, 3]),
        ("EndpointName=(wine OR demo) MetricName=Invocations", [0, 1]),
        ("wine NOT latency", [0, 3]),
        ("wine AND (latency OR backlog)", [2, 3]),
        ("demo OR wine latency", [1, 2]),
        ("shop NOT (wine OR demo)", [4]),
        ('{"Own/Load Test","Test Case"} count', [5]),
        ("SageMaker", [0, 1, 2, 3]),
        ("sage model", [2]),
        ("Sage", [0, 1, 2, 3]),
        ("Invoc", []),
        ('"shop"', []),
    ],
)
def test_searches(query: str, found: list[int]) -> None:
    assert search(query, NAMES) == sorted(NAMES[number] for number in found)


@pytest.mark.parametrize("query", ["", "{}", "(wine", "wine)", "AND wine", "wine OR", "EndpointName=", "=x"])
def test_searches_that_cannot_be_read(query: str) -> None:
    with pytest.raises(SearchError):
        search(query, NAMES)


def test_tokens() -> None:
    assert tokens_of("HTTPCount2") == {"httpcount2", "http", "count", "2"}
    assert tokens_of("shop-wine/p99") == {"shop-wine/p99", "shop", "wine", "p99", "p", "99"}


def put(client: Any, metric: str, dimensions: dict[str, str], *values: float) -> None:
    for minute, value in enumerate(values):
        datum = {
            "MetricName": metric,
            "Dimensions": [{"Name": key, "Value": text} for key, text in dimensions.items()],
            "Timestamp": START + timedelta(minutes=minute, seconds=10),
            "Value": value,
        }
        client("cloudwatch").put_metric_data(Namespace="AWS/SageMaker", MetricData=[datum])


def ask(client: Any, *queries: dict[str, Any], **more: Any) -> list[dict[str, Any]]:
    answer = client("cloudwatch").get_metric_data(MetricDataQueries=list(queries), **{**WINDOW, **more})
    return list(answer["MetricDataResults"])


def stat(key: str, dimensions: dict[str, str], stat: str = "Sum", **more: Any) -> dict[str, Any]:
    named = [{"Name": name, "Value": value} for name, value in dimensions.items()]
    metric = {"Namespace": "AWS/SageMaker", "MetricName": "Invocations", "Dimensions": named}
    return {"Id": key, "MetricStat": {"Metric": metric, "Period": 60, "Stat": stat}, **more}


@pytest.fixture
def two(client: Any) -> Any:
    put(client, "Invocations", WINE, 3, 4, 8)
    put(client, "Invocations", DEMO, 1, 1)
    return client


FOUND = "SEARCH('{AWS/SageMaker,EndpointName,VariantName} MetricName=\"Invocations\"', 'Sum', 60)"


@pytest.mark.parametrize(
    ("expression", "values"),
    [
        (FOUND, [[1, 1], [3, 4, 8]]),
        (f"SUM({FOUND})", [[4, 5, 8]]),
        (f"MAX({FOUND}) * 2", [[6, 8, 16]]),
        (f"{FOUND} * 10", [[10, 10], [30, 40, 80]]),
        (f"FILL({FOUND}, 0)", [[1, 1, 0], [3, 4, 8]]),
        (f"FILL({FOUND}, LINEAR)", [[1, 1], [3, 4, 8]]),
        (f"SORT({FOUND}, SUM, DESC)", [[3, 4, 8], [1, 1]]),
        (f"SORT({FOUND}, MAX, DESC, 1)", [[3, 4, 8]]),
        (f"SLICE(SORT({FOUND}, AVG, ASC), 1, 2)", [[3, 4, 8]]),
        (f"FIRST({FOUND})", [[1, 1]]),
        (f"LAST({FOUND})", [[3, 4, 8]]),
        (f"METRIC_COUNT({FOUND}) * m / m", [[2, 2, 2]]),
        (f"RUNNING_SUM({FOUND})", [[1, 2], [3, 7, 15]]),
        (f"DIFF({FOUND})", [[0], [1, 4]]),
        ("RATE(m)", [[1 / 60, 4 / 60]]),
        ("DIFF_TIME(m)", [[60, 60]]),
        ("m / PERIOD(m)", [[3 / 60, 4 / 60, 8 / 60]]),
        ("TIME_SERIES(SUM(m))", [[15, 15, 15]]),
        ("STDDEV([m, d])", [[1, 1.5, 0]]),
        ("SUM(METRICS())", [[4, 5, 8]]),
        ('SUM(METRICS("dem"))', [[1, 1]]),
        ("[m, d]", [[3, 4, 8], [1, 1]]),
        ("REMOVE_EMPTY([m, n])", [[3, 4, 8]]),
        ("DATAPOINT_COUNT(m) * TIME_SERIES(1)", [[3, 3, 3]]),
        ("IF(m > 3 AND d < 5 OR m == 8, 1, 0)", [[0, 1]]),
        ("m ^ 0.5 - LOG(0)", [[]]),
        ("HOUR(m) + DAY(m)", [[4, 4, 4]]),
    ],
)
def test_math_over_arrays(two: Any, expression: str, values: list[list[float]]) -> None:
    metrics = [stat("m", WINE, Label="wine", ReturnData=False), stat("d", DEMO, Label="demo", ReturnData=False)]
    metrics.append(stat("n", {"EndpointName": "gone"}, ReturnData=False))
    found = ask(two, *metrics, {"Id": "e", "Expression": expression})
    assert [one["Values"] for one in found] == [pytest.approx(numbers) for numbers in values]
    assert {one["Id"] for one in found} == {"e"}


@pytest.mark.parametrize(
    "expression", [f"{FOUND} + {FOUND}", "SEARCH('(', 'Sum')", "SEARCH('x', 'Most')", "SORT([m], MEDIAN)", "SELECT x", "GONE(m)"]
)
def test_math_that_is_refused(two: Any, expression: str) -> None:
    with pytest.raises(ClientError) as refused:
        ask(two, stat("m", WINE), {"Id": "e", "Expression": expression})
    assert refused.value.response["Error"]["Code"] == "ValidationError"


def test_a_load_balancer_is_found_by_its_name(client: Any) -> None:
    """As the dashboard searches for it: AWS ends the dimension's value with a hash that nobody knows before."""
    terms = search_terms("shop-wine", ["shop-wine-next"])
    for name, count in (("shop-wine", 3), ("shop-wine-next", 5), ("shop-demo", 7)):
        dimensions = [{"Name": "LoadBalancer", "Value": f"app/{name}/50dc6c495c0c9188"}]
        datum = {"MetricName": "RequestCount", "Dimensions": dimensions, "Timestamp": START + timedelta(seconds=10), "Value": count}
        client("cloudwatch").put_metric_data(Namespace="AWS/ApplicationELB", MetricData=[datum])
    ((row,),) = [Search("AWS/ApplicationELB", "RequestCount", ("LoadBalancer",), terms, "Sum", "requests", "s0").array()]
    found = ask(client, {"Id": row["id"], "Expression": row["expression"], "Label": row["label"], "Period": 60})
    assert [(one["Label"], one["Values"]) for one in found] == [("requests RequestCount", [3])]


def test_labels(two: Any) -> None:
    query = {"Id": "e", "Expression": FOUND}
    assert [one["Label"] for one in ask(two, query)] == ["shop-demo", "shop-wine"]
    assert [one["Label"] for one in ask(two, {**query, "Label": "calls of"})] == ["calls of shop-demo", "calls of shop-wine"]
    dynamic = "${PROP('Dim.EndpointName')} ${PROP('MetricName')} ${PROP('Stat')}/${PROP('Period')} [last ${LAST} max ${MAX} at ${MAX_TIME}]"
    assert ask(two, {**query, "Label": dynamic})[1]["Label"] == "shop-wine Invocations Sum/60 [last 8 max 8 at 2026-01-01T00:02:00Z]"
    assert ask(two, stat("m", WINE))[0]["Label"] == "Invocations"
    assert ask(two, stat("m", WINE, Label="${AVG} in ${PROP('Region')} ${PROP('AccountId')}"))[0]["Label"] == "5 in eu-west-1 111111111111"
    assert ask(two, stat("m", {"EndpointName": "gone"}, Label="${SUM}"))[0]["Label"] == "--"


def test_pages(two: Any) -> None:
    queries = [stat("m", WINE), stat("d", DEMO)]
    first = two("cloudwatch").get_metric_data(MetricDataQueries=queries, MaxDatapoints=2, **WINDOW)
    assert [(one["Id"], one["Values"], one["StatusCode"]) for one in first["MetricDataResults"]] == [("m", [3, 4], "PartialData")]
    pages = two("cloudwatch").get_paginator("get_metric_data").paginate(MetricDataQueries=queries, MaxDatapoints=2, **WINDOW)
    values: dict[str, list[float]] = {"m": [], "d": []}
    for page in pages:
        for one in page["MetricDataResults"]:
            values[one["Id"]] += one["Values"]
    assert values == {"m": [3, 4, 8], "d": [1, 1]}
    with pytest.raises(ClientError, match="size greater than 500"):
        ask(two, *(stat(f"m{number}", WINE) for number in range(501)))


def test_an_expression_has_the_periods_of_what_it_uses(two: Any) -> None:
    """Whatever else is asked for with it."""
    slow = {**stat("slow", WINE, ReturnData=False)}
    slow["MetricStat"] = {**slow["MetricStat"], "Period": 180}
    found = ask(two, stat("m", WINE), slow, {"Id": "e", "Expression": "FILL(slow, 0) * 1"})
    assert found[1]["Values"] == [15]


def test_an_alarm_cannot_search(two: Any) -> None:
    alarm = {"AlarmName": "a", "EvaluationPeriods": 1, "Threshold": 1, "ComparisonOperator": "GreaterThanThreshold"}
    with pytest.raises(ClientError, match="SEARCH is not supported on Metric Alarms"):
        two("cloudwatch").put_metric_alarm(**alarm, Metrics=[{"Id": "e", "Expression": f"SUM({FOUND})", "ReturnData": True}])
    metrics = [{"Id": "e", "Expression": "SUM([m])", "ReturnData": True}, stat("m", WINE, ReturnData=False)]
    two("cloudwatch").put_metric_alarm(**alarm, Metrics=metrics)
    assert [one["AlarmName"] for one in two("cloudwatch").describe_alarms()["MetricAlarms"]] == ["a"]
