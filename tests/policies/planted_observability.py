"""Violations of the policies on alarms, dashboards and log groups, and what is right and looks unusual."""

from __future__ import annotations

import json
from typing import Any

from tests.policies.planted import ALARM, ENDPOINT, Case, Change, add, both, drop, gone, put
from tests.policies.platform import Body, Documents

OBSERVABILITY = "prod-serving"
COMPOSITE, DASHBOARD, LONELY = (
    "aws_cloudwatch_composite_alarm.unhealthy",
    "aws_cloudwatch_dashboard.page",
    "aws_cloudwatch_metric_alarm.lonely",
)
CHILDREN = [f"${{aws_cloudwatch_metric_alarm.{name}_errors.alarm_name}}" for name in ("main", "next")]
WIDGET = ["AWS/SageMaker", "Invocations", "EndpointName", "slipway-prod-wine", "VariantName", "main"]
LONELY_ALARM: Body = {
    "alarm_name": "slipway-prod-lonely",
    "namespace": "AWS/ApiGateway",
    "metric_name": "5XXError",
    "dimensions": {"ApiName": "slipway-prod-api", "Stage": "prod"},
    "comparison_operator": "GreaterThanOrEqualToThreshold",
    "statistic": "Average",
    "threshold": 0.05,
    "period": 60,
    "evaluation_periods": 2,
    "treat_missing_data": "notBreaching",
}
_ACTIONS = {"alarm_actions": ["${aws_sns_topic.alarms.arn}"]}


def composite(*names: str, **more: Any) -> Change:
    """One composite alarm over these, which the endpoint rolls back on in place of them."""
    body = {"alarm_name": "slipway-prod-wine-unhealthy", "alarm_rule": " OR ".join(f'ALARM("{name}")' for name in names), **more}
    wired = [{"alarm_name": "${aws_cloudwatch_composite_alarm.unhealthy.alarm_name}"}]
    return both(
        add("prod-serving", COMPOSITE, body),
        put(ENDPOINT, "deployment_config.auto_rollback_configuration.alarms", wired),
        *(drop(f"aws_cloudwatch_metric_alarm.{name}_errors", "alarm_actions") for name in ("main", "next")),
    )


def dashboard(*rows: list[Any]) -> Change:
    """A dashboard with one widget of these rows."""
    body = {"widgets": [{"type": "metric", "properties": {"title": "planted", "metrics": list(rows)}}]}
    return add(OBSERVABILITY, DASHBOARD, {"dashboard_name": "slipway-prod", "dashboard_body": json.dumps(body)})


def lonely(**changes: Any) -> Change:
    """An alarm that belongs to no endpoint."""
    return add(OBSERVABILITY, LONELY, {**LONELY_ALARM, **changes})


def _topic_without_key(documents: Documents) -> None:
    topics = documents["prod-serving"]["resource"].get("aws_sns_topic") or documents["prod-shared"]["resource"]["aws_sns_topic"]
    topics["alarms"]["kms_master_key_id"] = "alias/aws/sns"


def _search(expression: str) -> Change:
    return dashboard([{"expression": expression, "id": "e1"}])


PLANTED: dict[str, tuple[Case, ...]] = {
    "CKV_SLIPWAY_12": (
        Case("a composite alarm over one of two variants", composite(CHILDREN[0], **_ACTIONS), ENDPOINT, frozenset({"CKV_SLIPWAY_60"})),
        Case("a composite alarm over an alarm that is not here", composite(*CHILDREN, "x", **_ACTIONS), ENDPOINT),
    ),
    "CKV_SLIPWAY_14": (
        Case("undecided below a composite alarm", both(composite(*CHILDREN, **_ACTIONS), drop(ALARM, "treat_missing_data")), ALARM),
        Case(
            "a composite alarm tells a topic without a key",
            both(composite(*CHILDREN, **_ACTIONS), _topic_without_key),
            COMPOSITE,
            frozenset({"CKV_SLIPWAY_24"}),
        ),
    ),
    "CKV_SLIPWAY_60": (
        Case("no action", lonely(), LONELY),
        Case(
            "below a composite alarm that tells nobody either",
            both(lonely(), add(OBSERVABILITY, COMPOSITE, {"alarm_name": "c", "alarm_rule": 'ALARM("slipway-prod-lonely")'})),
            LONELY,
        ),
    ),
    "CKV_SLIPWAY_61": (
        Case("no such metric", lonely(metric_name="5XX", **_ACTIONS), LONELY),
        Case("a widget", dashboard([*WIDGET[:1], "Invocation", *WIDGET[2:]]), DASHBOARD),
        Case("in a search", _search("SEARCH('{AWS/SageMaker,EndpointName} MetricName=\"Invocations\"', 'Sum', 60)"), DASHBOARD),
    ),
}
"""The violation, and what else sees it."""

GOOD: dict[str, Change] = {
    "one composite alarm": composite(*CHILDREN, **_ACTIONS),
    "a composite alarm that rolls back and tells nobody": composite(*CHILDREN),
    "children by ARN": composite(
        *(f"arn:aws:cloudwatch:eu-west-1:333333333333:alarm:slipway-prod-wine-{name}-5xx" for name in ("main", "next")), **_ACTIONS
    ),
    "an alarm below a composite one that tells somebody": both(
        lonely(), add(OBSERVABILITY, COMPOSITE, {"alarm_name": "c", "alarm_rule": "ALARM(slipway-prod-lonely)", **_ACTIONS})
    ),
    "a dashboard": dashboard(
        WIDGET,
        ["...", "next"],
        [".", "Invocation5XXErrors", ".", ".", ".", "main", {"id": "m1", "visible": False}],
        [{"expression": "m1*2", "id": "e1"}],
        [{"expression": "SEARCH('{AWS/SageMaker,EndpointName,VariantName} MetricName=(\"Invocations\" OR \"ModelLatency\")', 'Sum', 60)"}],
    ),
    "no dashboard": gone(DASHBOARD),
}
