"""What watches an environment: names that fit what the other stacks make, metrics that exist, one topic for each severity."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from policies.estate import Document, Estate
from policies.metrics import used
from tests.modules.support import resources
from tests.stacks.test_stacks import BASE, LOCK

Documents = dict[str, dict[str, Any]]
WATCHED = ("aws_cloudwatch_metric_alarm", "aws_cloudwatch_dashboard", "aws_appautoscaling_policy")
KINDS = """
endpoints:
  live:
    variants:
      - { variant_name: main, model: wine, instance_type: ml.m5.large, initial_instance_count: 2 }
      - { variant_name: gpu, model: wine, instance_type: ml.g4dn.xlarge, initial_instance_count: 1 }
    data_capture: { sampling_percentage: 10 }
    autoscaling:
      main:
        min_capacity: 2
        max_capacity: 6
        policies:
          - { kind: target_tracking, name: load, metric: SageMakerVariantInvocationsPerInstance, target_value: 70 }
          - { kind: scheduled, name: day, schedule: "cron(0 7 * * ? *)", max_capacity: 9 }
  quick:
    hosting: { kind: serverless }
    variants: [{ variant_name: main, model: cold, memory_size_in_mb: 2048, max_concurrency: 5 }]
  batch:
    hosting: { kind: asynchronous }
    variants: [{ variant_name: main, model: wine, instance_type: ml.m5.large, initial_instance_count: 1 }]
"""
FULL = (
    BASE
    + "  cold: { enable_network_isolation: false, container: { image: inference } }\n"
    + KINDS
    + "api: { endpoints: { live: {} } }\nnotifications: { critical: { email: [now@example.com] } }\nobservability: {}\n"
)
LOCK_OF_BOTH = LOCK + LOCK.splitlines()[-1].replace("  wine:", "  cold:").replace("models/wine", "models/cold") + "\n"


@pytest.fixture
def full(project: Callable[[str, str], Documents]) -> Documents:
    return project(FULL, LOCK_OF_BOTH)


def estate(documents: Documents, environment: str) -> Estate:
    return Estate(tuple(Document(name, content) for name, content in documents.items() if name.startswith(f"{environment}-")))


def problems(found: Estate) -> tuple[int, list[str]]:
    metrics = [metric for resource in found.resources(*WATCHED) for metric in used(resource, found)]
    return len(metrics), [metric.problem for metric in metrics if metric.problem]


def test_every_metric_of_the_shipped_environments_exists(shipped: Documents) -> None:
    for environment in ("dev", "staging", "prod"):
        count, found = problems(estate(shipped, environment))
        assert not found and count >= (30 if environment == "prod" else 2), environment


def test_every_metric_of_every_hosting_kind_exists(full: Documents) -> None:
    count, found = problems(estate(full, "test"))
    assert count > 100 and not found


def test_one_topic_for_each_severity_and_every_alarm_tells_one(full: Documents) -> None:
    assert len(resources(full["test-shared"], "aws_sns_topic")) == 2
    told = {action for body in resources(full["test-observability"], WATCHED[0]) for action in body["alarm_actions"]}
    assert told == {f"${{data.terraform_remote_state.shared.outputs.topic_{severity}_arn}}" for severity in ("critical", "warning")}
    assert {"topic_critical_arn", "topic_warning_arn"} <= set(full["test-shared"]["output"])
    for body in resources(full["test-serving"], "aws_cloudwatch_composite_alarm"):
        assert body["alarm_actions"] == ["${data.terraform_remote_state.shared.outputs.topic_critical_arn}"]
    assert len(resources(full["test-serving"], "aws_cloudwatch_composite_alarm")) == 3


def test_literal_names_are_those_that_the_other_stacks_make(full: Documents) -> None:
    """The stack reads nothing of serving and api, so its names must be right by themselves."""
    (body,) = resources(full["test-observability"], "aws_cloudwatch_dashboard")
    widgets = [widget["properties"] for widget in json.loads(body["dashboard_body"])["widgets"]]
    shown = {arn.rpartition(":")[2] for widget in widgets for arn in widget.get("alarms", ())}
    made = {
        alarm["alarm_name"]
        for stack in ("test-serving", "test-observability")
        for kind in ("aws_cloudwatch_metric_alarm", "aws_cloudwatch_composite_alarm")
        for alarm in resources(full[stack], kind)
        if not alarm["alarm_name"].endswith("wake-from-zero")
    }
    assert shown == made
    dimensions: dict[str, set[str]] = {}
    for widget in widgets:
        for row in widget.get("metrics", ()):
            for name, value in zip(row[2:-1:2], row[3:-1:2], strict=True):
                dimensions.setdefault(name, set()).add(value)
    serving, api = full["test-serving"], full["test-api"]
    assert dimensions["EndpointName"] == {item["name"] for item in resources(serving, "aws_sagemaker_endpoint")}
    assert dimensions["ApiName"] == {item["name"] for item in resources(api, "aws_api_gateway_rest_api")}
    assert dimensions["Stage"] == {item["stage_name"] for item in resources(api, "aws_api_gateway_stage")}
    assert dimensions["FunctionName"] == {item["function_name"] for item in resources(api, "aws_lambda_function")}
    groups = {item["name"] for document in full.values() for item in resources(document, "aws_cloudwatch_log_group")}
    read = {
        group for query in resources(full["test-observability"], "aws_cloudwatch_query_definition") for group in query["log_group_names"]
    }
    assert read <= groups and dimensions["LogGroupName"] <= groups
    assert dimensions["TableName"] == {item["name"] for item in resources(full["test-state"], "aws_dynamodb_table")}


def test_every_log_group_has_retention_and_a_key(full: Documents) -> None:
    groups = [item for document in full.values() for item in resources(document, "aws_cloudwatch_log_group")]
    assert len(groups) == 6, "three endpoints, the function, access and execution log of the API"
    assert all(group["retention_in_days"] and group["kms_key_id"] for group in groups)


def test_a_schedule_lifts_the_maximum(full: Documents) -> None:
    (alarm,) = [a for a in resources(full["test-observability"], WATCHED[0]) if "autoscaling-at-max" in a["alarm_name"]]
    assert alarm["threshold"] == 9


def test_without_the_block_nothing_watches(project: Callable[[str, str], Documents]) -> None:
    documents = project(BASE, LOCK)
    assert "test-observability" not in documents and "aws_sns_topic" not in documents["test-shared"]["resource"]


def test_parts_can_be_switched_off(project: Callable[[str, str], Documents]) -> None:
    documents = project(BASE + "observability: { alarms: null, dashboard: null }\n", LOCK)
    assert set(documents["test-observability"].get("resource", {})) <= {"aws_cloudwatch_query_definition"}
