"""Which metrics a resource names, however it is written."""

from __future__ import annotations

import json
from typing import Any

import pytest

from policies.estate import Document, Estate, Resource
from policies.metrics import UnreadableMetrics, Used, searched, used

WINE = ["AWS/SageMaker", "Invocations", "EndpointName", "wine", "VariantName", "main"]
VARIANT = frozenset({"EndpointName", "VariantName"})


def names(kind: str, body: dict[str, Any]) -> list[tuple[str, str, frozenset[str]]]:
    document = Document("prod-observability", {})
    found = used(Resource(document, kind, "x", body), Estate((document,)))
    return [(item.namespace, item.metric, item.dimensions) for item in found]


def dashboard(*rows: list[Any]) -> list[tuple[str, str, frozenset[str]]]:
    body = {"widgets": [{"type": "text", "properties": {"markdown": "#"}}, {"type": "metric", "properties": {"metrics": list(rows)}}]}
    return names("aws_cloudwatch_dashboard", {"dashboard_body": json.dumps(body)})


def test_rows_of_a_widget_repeat_the_one_above() -> None:
    short = dashboard(
        WINE, [".", "ModelLatency", ".", ".", ".", ".", {"stat": "p99"}], ["...", "next"], [{"expression": "m1/2", "id": "e1"}]
    )
    assert short == [
        ("AWS/SageMaker", "Invocations", VARIANT),
        ("AWS/SageMaker", "ModelLatency", VARIANT),
        ("AWS/SageMaker", "ModelLatency", VARIANT),
    ]
    assert dashboard(["AWS/Lambda", "Errors"], [".", "Throttles", "FunctionName", "f"]) == [
        ("AWS/Lambda", "Errors", frozenset()),
        ("AWS/Lambda", "Throttles", frozenset({"FunctionName"})),
    ]


@pytest.mark.parametrize("quote", ["'", '"'])
def test_a_search_names_metrics_too(quote: str) -> None:
    query = '{AWS/SageMaker,EndpointName,VariantName} MetricName=("Invocations" OR "ModelLatency") wine'
    text = f"SUM(SEARCH({quote}{query if quote == chr(39) else query.replace(chr(34), chr(92) + chr(34))}{quote}, 'Sum', 60))"
    assert dashboard([{"expression": text}]) == [("AWS/SageMaker", "Invocations", VARIANT), ("AWS/SageMaker", "ModelLatency", VARIANT)]


@pytest.mark.parametrize("query", ['MetricName="Invocations"', "{AWS/SageMaker,EndpointName}"])
def test_a_search_over_everything_cannot_be_checked(query: str) -> None:
    with pytest.raises(UnreadableMetrics, match="finds whatever there is"):
        list(searched("widget", f"SEARCH('{query}', 'Sum')"))


def test_metric_math_of_alarms_and_of_scaling() -> None:
    metric = {"namespace": "AWS/Lambda", "metric_name": "Errors", "dimensions": {"FunctionName": "f"}}
    assert names("aws_cloudwatch_metric_alarm", {"metric_query": [{"id": "m1", "metric": metric}, {"id": "e1", "expression": "m1*2"}]}) == [
        ("AWS/Lambda", "Errors", frozenset({"FunctionName"}))
    ]
    own = {
        "namespace": "AWS/SageMaker",
        "metric_name": "ApproximateBacklogSizePerInstance",
        "dimensions": [{"name": "EndpointName", "value": "e"}],
    }
    tracking = {"target_tracking_scaling_policy_configuration": {"customized_metric_specification": own}}
    assert names("aws_appautoscaling_policy", tracking) == [
        ("AWS/SageMaker", "ApproximateBacklogSizePerInstance", frozenset({"EndpointName"}))
    ]


def test_what_is_no_dashboard() -> None:
    with pytest.raises(UnreadableMetrics):
        names("aws_cloudwatch_dashboard", {"dashboard_body": "${local.body}"})


@pytest.mark.parametrize(
    ("namespace", "metric", "dimensions", "problem"),
    [
        ("AWS/SageMaker", "Invocations", VARIANT, None),
        ("AWS/Sagemaker", "Invocations", VARIANT, "nobody publishes into the namespace AWS/Sagemaker"),
        ("AWS/SageMaker", "Invocation", VARIANT, "AWS/SageMaker has no metric Invocation"),
        ("AWS/SageMaker", "Invocations", frozenset({"EndpointName"}), "has the dimensions EndpointName+VariantName, not EndpointName"),
        ("AWS/Lambda", "Errors", frozenset(), None),
    ],
)
def test_what_nobody_publishes(namespace: str, metric: str, dimensions: frozenset[str], problem: str | None) -> None:
    found = Used("alarm", namespace, metric, dimensions).problem
    assert (found is None) if problem is None else (found is not None and found.endswith(problem))
