"""What watches models on ECS Fargate: literal names that are those of the serving stack, and the environment's options in the JSON."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from policies.estate import Document, Estate
from policies.metrics import used
from tests.stacks.test_hosting_fargate import API, LOCK, environment, resources

Documents = dict[str, dict[str, Any]]
Project = Callable[[str, str], Documents]
TOLD = f"{API}\nnotifications: {{ critical: {{ email: [now@example.com] }} }}\n"
ALARM = "aws_cloudwatch_metric_alarm"
SCALING = """autoscaling: { min_capacity: 2, max_capacity: 6, policies: [
    { kind: target_tracking, name: load, metric: ECSServiceAverageCPUUtilization, target_value: 60 },
    { kind: scheduled, name: day, schedule: "cron(0 7 * * ? *)", max_capacity: 9 } ] }"""
OPTIONS = """observability:
  alarms:
    services:
      cpu_utilization: { threshold: 70 }
      memory_utilization: { threshold: 80, period: 120 }
      running_tasks: { threshold: 2, evaluation_periods: 20, severity: warning }
      autoscaling_at_max: { evaluation_periods: 30, datapoints_to_alarm: 25 }
"""


def alarms(documents: Documents) -> dict[str, dict[str, Any]]:
    prefix = "slipway-test-service-tasks-"
    found = resources(documents["test-observability"], ALARM)
    return {body["alarm_name"].removeprefix(prefix): body for body in found if body["alarm_name"].startswith(prefix)}


def widgets(documents: Documents) -> list[dict[str, Any]]:
    (body,) = resources(documents["test-observability"], "aws_cloudwatch_dashboard")
    return [widget["properties"] for widget in json.loads(body["dashboard_body"])["widgets"]]


def test_literal_names_are_those_of_the_serving_stack(project: Project) -> None:
    documents = project(environment(SCALING, more=TOLD + "observability: {}"), LOCK)
    serving = documents["test-serving"]
    (cluster,), (service,) = resources(serving, "aws_ecs_cluster"), resources(serving, "aws_ecs_service")
    names = {"ClusterName": cluster["name"], "ServiceName": service["name"]}
    plain = [body["dimensions"] for body in alarms(documents).values() if "dimensions" in body]
    queried = [
        query["metric"]["dimensions"] for body in alarms(documents).values() for query in body.get("metric_query", ()) if "metric" in query
    ]
    assert len(plain) == 3 and len(queried) == 2 and all(dimensions == names for dimensions in [*plain, *queried])
    shown = {arn.rpartition(":")[2] for widget in widgets(documents) for arn in widget.get("alarms", ())}
    composites = {body["alarm_name"] for body in resources(serving, "aws_cloudwatch_composite_alarm")}
    assert len(composites) == 1 and composites <= shown and {body["alarm_name"] for body in alarms(documents).values()} <= shown
    (balancer,) = resources(serving, "aws_lb")
    assert balancer["name"] == "slipway-test-tasks"
    searches = [row[0]["expression"] for widget in widgets(documents) for row in widget.get("metrics", ()) if "expression" in row[0]]
    assert len([one for one in searches if "LoadBalancer=(slipway AND test AND tasks)" in one]) == 6
    (logs,) = [widget for widget in widgets(documents) if widget.get("title") == "Logs written in an hour"]
    groups = {body["name"] for body in resources(serving, "aws_cloudwatch_log_group")}
    assert {row[3] for row in logs["metrics"]} <= groups


def test_every_metric_exists(project: Project) -> None:
    documents = project(environment(SCALING, more=TOLD + "observability: {}"), LOCK)
    estate = Estate(tuple(Document(name, content) for name, content in documents.items()))
    found = [metric for resource in estate.resources(ALARM, "aws_cloudwatch_dashboard") for metric in used(resource, estate)]
    assert len(found) > 30 and not [metric.problem for metric in found if metric.problem]


def test_options(project: Project) -> None:
    """Each at a value that is not its default. A schedule lifts the maximum: only at the highest nothing more can be added."""
    found = alarms(project(environment(SCALING, more=TOLD + OPTIONS), LOCK))
    assert found["cpu-utilization"]["threshold"] == 70
    assert (found["memory-utilization"]["threshold"], found["memory-utilization"]["period"]) == (80, 120)
    assert (found["running-tasks"]["threshold"], found["running-tasks"]["evaluation_periods"]) == (2, 20)
    at_max = found["autoscaling-at-max"]
    assert (at_max["threshold"], at_max["evaluation_periods"], at_max["datapoints_to_alarm"]) == (9, 30, 25)


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ("", {"cpu-utilization", "memory-utilization", "running-tasks"}),
        ("container_insights: enhanced", {"cpu-utilization", "memory-utilization", "running-tasks"}),
        (f"container_insights: disabled, {SCALING}", {"cpu-utilization", "memory-utilization"}),
    ],
)
def test_only_what_somebody_counts_is_watched(project: Project, options: str, expected: set[str]) -> None:
    documents = project(environment(options, more=TOLD + "observability: {}"), LOCK)
    assert set(alarms(documents)) == expected
    counted = any("ECS/ContainerInsights" in row for widget in widgets(documents) for row in widget.get("metrics", ()))
    assert counted is ("running-tasks" in expected)


def test_without_alarms_there_is_no_composite_alarm_to_show(project: Project) -> None:
    none = "alarms: { target_5xx_errors: null, target_response_time: null, unhealthy_hosts: null }"
    documents = project(environment(none, more=f"{API}\nobservability: {{ alarms: null }}"), LOCK)
    assert not resources(documents["test-serving"], "aws_cloudwatch_composite_alarm")
    assert not [widget for widget in widgets(documents) if "alarms" in widget]
