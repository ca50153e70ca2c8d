"""The api stack of an environment: endpoints by literal names, keys and network by remote state, access for deployers."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from slipway.errors import InputError
from tests.modules.support import resources
from tests.stacks.test_stacks import BASE, LOCK

Documents = dict[str, dict[str, Any]]
Project = Callable[[str, str], Documents]
VARIANTS = "[{ variant_name: main, model: wine, instance_type: ml.m5.large, initial_instance_count: 2 }]"
ENDPOINTS = f"""
endpoints:
  wine: {{ variants: {VARIANTS} }}
  later: {{ hosting: {{ kind: asynchronous }}, variants: {VARIANTS} }}
"""
API = "api: { endpoints: { wine: {}, later: {} } }\n"


def test_no_key_no_stack(project: Project) -> None:
    assert "test-api" not in project(BASE + ENDPOINTS, LOCK)


def test_the_function_calls_the_environments_endpoints(project: Project) -> None:
    documents = project(BASE + ENDPOINTS + API, LOCK)
    document = documents["test-api"]
    (policy,) = [p["policy"] for p in resources(document, "aws_iam_role_policy") if "/function/" in p["//"]["metadata"]["path"]]
    found = {item["Sid"]: item for item in json.loads(policy)["Statement"]}
    assert found["InvokeEndpoint"]["Resource"] == ["arn:aws:sagemaker:eu-central-1:444444444444:endpoint/slipway-test-wine"]
    assert found["PutAsyncInput"]["Resource"] == ["arn:aws:s3:::slipway-test-async-output-444444444444/later/input/*"]
    text = json.dumps(document["resource"])
    read = {name.split("}")[0] for name in text.split("${data.terraform_remote_state.shared.outputs.")[1:]}
    assert read == {"key_logs_arn", "key_inference_arn"} and read <= set(documents["test-shared"]["output"])
    assert {"api_id", "api_invoke_url", "api_execution_arn", "key_api_arn"} <= set(document["output"])


def test_the_execution_role_may_read_what_the_function_puts(project: Project) -> None:
    documents = project(BASE + ENDPOINTS + API, LOCK)
    (policy,) = [p["policy"] for p in resources(documents["test-shared"], "aws_iam_role_policy")]
    reads = [item["Resource"] for item in json.loads(policy)["Statement"] if item["Sid"].startswith("ReadAsync")]
    assert reads == [["arn:aws:s3:::slipway-test-async-output-444444444444/later/input/*"]]


def test_without_asynchronous_endpoints_the_data_key_is_not_read(project: Project) -> None:
    document = project(BASE + ENDPOINTS + "api: { endpoints: { wine: {} } }\n", LOCK)["test-api"]
    assert "key_inference_arn" not in json.dumps(document["resource"])


def test_a_private_function_joins_the_network(project: Project) -> None:
    network = "network: { kind: create }\n"
    document = project(BASE + ENDPOINTS + network + "api: { endpoints: { wine: {} }, function: { network: private } }\n", LOCK)["test-api"]
    (function,) = resources(document, "aws_lambda_function")
    vpc = function["vpc_config"]
    assert len(vpc["subnet_ids"]) == 2 and "network_private_subnet_ids" in json.dumps(vpc["subnet_ids"])
    assert "network_model_security_group_id" in json.dumps(vpc["security_group_ids"])


def test_deployers_get_the_rows_of_the_api(project: Project) -> None:
    access = 'access: { deploy_principals: ["arn:aws:iam::444444444444:role/ci"] }\n'
    shared = project(BASE + ENDPOINTS + API + access, LOCK)["test-shared"]
    policies = [p["policy"] for p in resources(shared, "aws_iam_policy") if p["name"].startswith("slipway-test-deploy-")]
    assert "lambda:CreateFunction" in "".join(policies)


def test_an_endpoint_that_does_not_exist_is_refused(project: Project) -> None:
    with pytest.raises(InputError, match="unknown endpoint 'wnie'"):
        project(BASE + ENDPOINTS + "api: { endpoints: { wnie: {} } }\n", LOCK)
