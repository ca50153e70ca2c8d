"""Metrics that exist."""

from __future__ import annotations

from policies.estate import Estate, Resource
from policies.metrics import UnreadableMetrics, used
from policies.rule import Rule, Verdict, unknown, verdict


def _check(resource: Resource, estate: Estate) -> Verdict:
    try:
        found = used(resource, estate)
    except UnreadableMetrics as error:
        return unknown(str(error))
    return verdict(metric.problem for metric in found if metric.problem)


RULE = Rule(
    id="CKV_SLIPWAY_61",
    title="Ensure alarms, dashboards and scaling use metrics that somebody publishes",
    why="CloudWatch takes any name. An alarm on a metric or a set of dimensions that nobody publishes never goes off, and a widget "
    "stays empty.",
    fix="a namespace, metric and set of dimensions from modules/_shared/published_metrics.json; your own metrics are added there",
    applies_to=("aws_cloudwatch_metric_alarm", "aws_cloudwatch_dashboard", "aws_appautoscaling_policy"),
    check=_check,
    severity="medium",
)
