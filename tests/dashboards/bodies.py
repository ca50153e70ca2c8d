"""A dashboard with every kind of widget, and metrics for it in the local CloudWatch."""

from __future__ import annotations

import json
from typing import Any

REGION = "eu-west-1"
ALARM = "arn:aws:cloudwatch:eu-west-1:111111111111:alarm:shop-dev-wine-errors"
WINE = ["EndpointName", "shop-dev-wine", "VariantName", "main"]


def metric(title: str, metrics: list[list[Any]], **properties: Any) -> dict[str, Any]:
    return {"type": "metric", "width": 8, "height": 6, "properties": {"title": title, "region": REGION, "metrics": metrics, **properties}}


WIDGETS: list[dict[str, Any]] = [
    {"type": "text", "width": 24, "height": 2, "properties": {"markdown": "# shop-dev\nall of it"}},
    {"type": "alarm", "width": 24, "height": 2, "properties": {"title": "Alarms", "alarms": [ALARM, ALARM + "-gone"]}},
    metric(
        "Invocations",
        [["AWS/SageMaker", "Invocations", *WINE, {"label": "main"}], ["...", "canary", {"label": "canary"}]],
        stat="Sum",
        period=60,
        annotations={
            "horizontal": [{"label": "busy", "value": 8, "fill": "above"}, [{"value": 1}, {"value": 2, "visible": False}]],
            "vertical": [{"label": "deployed", "value": "2026-01-01T00:05:00Z"}],
        },
    ),
    metric(
        "Latency",
        [["AWS/SageMaker", "ModelLatency", *WINE, {"stat": stat, "label": stat}] for stat in ("p50", "p90", "p99")],
        period=60,
        yAxis={"left": {"min": 0, "label": "microseconds", "showUnits": False}},
    ),
    metric("Errors", [["AWS/SageMaker", "Invocation5XXErrors", *WINE], [".", "Invocation4XXErrors", *(["."] * 4)]], stat="Sum", stacked=True, period=60),
    metric(
        "Math",
        [
            ["AWS/SageMaker", "Invocations", *WINE, {"id": "m1", "stat": "Sum", "visible": False}],
            [{"expression": "RATE(m1) * 60", "label": "change", "id": "e1"}],
            [{"expression": "SEARCH('{AWS/SageMaker,EndpointName,VariantName} MetricName=\"Invocations\"', 'Sum')", "id": "e2", "label": ""}],
            [{"expression": "SUM(e2)", "label": "all", "id": "e3", "yAxis": "right", "color": "#aa3300"}],
        ],
        period=60,
    ),
    metric("Everything", [["AWS/SageMaker", "Invocations", *WINE, {"stat": "Sum"}], [{"expression": "SUM(METRICS())", "id": "e1"}]], period=60),
    metric("Total", [["AWS/SageMaker", "Invocations", *WINE, {"stat": "Sum", "label": "requests"}]], view="singleValue", setPeriodToTimeRange=True),
    metric("Now", [["AWS/SageMaker", "Invocations", *WINE, {"stat": "Sum", "label": "last minute"}]], view="singleValue", period=60),
    metric(
        "CPU",
        [["/aws/sagemaker/Endpoints", "CPUUtilization", *WINE]],
        view="gauge",
        yAxis={"left": {"min": 0, "max": 400, "label": "%"}},
        annotations={"horizontal": [{"value": 300}]},
    ),
    metric("Shares", [["AWS/SageMaker", "Invocations", *WINE, {"label": "main"}], ["...", "canary", {"label": "canary"}]], view="bar", stat="Sum", setPeriodToTimeRange=True),
    metric("As a table", [["AWS/SageMaker", "Invocations", *WINE]], view="table", stat="Sum", period=60),
    metric("Nothing", [["AWS/SageMaker", "Invocations", "EndpointName", "gone"]]),
    {"type": "metric", "width": 8, "height": 6, "properties": {"title": "Of an alarm", "region": REGION, "annotations": {"alarms": [ALARM]}}},
    {"type": "log", "width": 12, "height": 6, "properties": {"title": "Log", "region": REGION, "query": "SOURCE 'x' | fields @message"}},
    {"type": "custom", "width": 12, "height": 3, "properties": {"title": "Custom", "endpoint": "arn:aws:lambda:eu-west-1:111111111111:function:x"}},
]  # fmt: skip


def body() -> str:
    """All widgets, one below the other where they do not fit side by side."""
    placed, x, y = [], 0, 0
    for widget in WIDGETS:
        if x + widget["width"] > 24:
            x, y = 0, y + 6
        placed.append({"x": x, "y": y, **widget})
        x += widget["width"]
    return json.dumps({"start": "-PT1H", "periodOverride": "inherit", "widgets": placed})
