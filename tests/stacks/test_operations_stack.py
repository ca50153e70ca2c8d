"""The operations stack: which endpoints it knows, whose keys it uses, and what every resource is counted by."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path
from typing import Any

from modules.operations.construct import OperationsRefs, function_package
from slipway.config.load import load_environment
from slipway.operations.hosted import hosted, settings_of
from tests.stacks.test_stacks import BASE, LOCK, Project, resources

BLOCK = """
endpoints:
  wine: { variants: [{ variant_name: main, model: wine, instance_type: ml.m5.large, initial_instance_count: 1 }] }
  small: { hosting: { kind: lambda }, model: wine }
tags: { owner: ml }
operations:
  working_hours: { stop: "cron(0 20 ? * MON-FRI *)", start: "cron(0 7 ? * MON-FRI *)", timezone: Europe/Berlin }
  endpoint_expires_at: { wine: "2036-01-01T00:00:00Z" }
  permissions_boundary: arn:aws:iam::444444444444:policy/limit
access: { deploy_principals: ["arn:aws:iam::444444444444:role/ci"] }
"""


def test_what_can_be_stopped_and_by_which_keys(project: Project) -> None:
    documents = project(BASE + BLOCK, LOCK)
    operations = documents["test-operations"]
    requests = [json.loads(body["target"]["input"]) for body in resources(operations, "aws_scheduler_schedule")]
    assert {tuple(request["endpoints"]) for request in requests} == {("wine",)}, "Lambda costs nothing while nobody asks"
    (function,) = resources(operations, "aws_lambda_function")
    assert "key_operations" in function["kms_key_arn"]
    (group,) = resources(operations, "aws_cloudwatch_log_group")
    assert group["kms_key_id"].endswith("outputs.key_logs_arn}")
    policies = json.dumps(resources(operations, "aws_iam_role_policy"))
    assert "outputs.key_inference_arn" in policies
    assert operations["provider"]["aws"][0]["default_tags"][0]["tags"]["stack"] == "operations"


def test_the_deploy_role_makes_its_roles_with_the_boundary_only(project: Project) -> None:
    shared = project(BASE + BLOCK, LOCK)["test-shared"]
    text = json.dumps([body["policy"] for body in resources(shared, "aws_iam_policy") if "OperationsPolicies" in body["policy"]])
    assert "arn:aws:iam::444444444444:policy/limit" in text


def test_a_laptop_works_on_the_same_settings_as_the_function(tmp_path: Path) -> None:
    (tmp_path / "environments").mkdir()
    (tmp_path / "environments" / "test.yaml").write_text(BASE + BLOCK)
    configured = load_environment("test", tmp_path)
    assert configured.operations is not None
    settings = settings_of(configured)
    refs = OperationsRefs(hosted(configured), "k", "l", "v", dict(settings.tags))
    package = function_package(configured.naming, configured.operations, refs)
    held: dict[str, Any] = json.loads(zipfile.ZipFile(io.BytesIO(package.content)).read("settings.json"))
    assert held == json.loads(settings.dump())
    assert held["endpoints"] == [{"key": "wine", "name": "slipway-test-wine", "kind": "sagemaker", "expires_at": "2036-01-01T00:00:00Z"}]
