"""The load test stack: its key, what it reads of other stacks, and the case file of the project."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.modules.policy_documents import statements
from tests.stacks.test_stacks import BASE, LOCK, resources

Documents = dict[str, dict[str, Any]]
Project = Callable[[str, str], Documents]
ENDPOINTS = (
    "endpoints: { wine: { hosting: { kind: instances }, variants: [ { "
    "variant_name: main, model: wine, instance_type: ml.m5.large, initial_instance_count: 1 } ] } }\n"
)
CASES = (
    "version: 1\ncases:\n  - { name: first, body: a, expect: { status: 200 } }\n  - { name: second, body: b, expect: { status: 400 } }\n"
)
KEYS = "authorization: { kind: api_key, usage_plans: { p: { keys: [b, a-key], rate_limit: 5, burst_limit: 5 } } }"


@pytest.fixture
def build(project: Project, tmp_path: Path) -> Callable[[str], Documents]:
    (tmp_path / "cases.yaml").write_text(CASES)
    return lambda more: project(BASE + ENDPOINTS + more, LOCK)


def variables(document: dict[str, Any]) -> dict[str, str]:
    (function,) = resources(document, "aws_lambda_function")
    found: dict[str, str] = function["environment"]["variables"]
    return found


def test_an_endpoints_testers_read_nothing_but_the_logs_key(build: Callable[[str], Documents]) -> None:
    document = build("load_test: { target: { name: wine }, case_file: cases.yaml }\n")["test-load_test"]
    assert set(document["data"]["terraform_remote_state"]) == {"shared"}
    (key,) = resources(document, "aws_kms_key")
    (policy,) = resources(document, "aws_iam_role_policy")
    assert "sns.eu-central-1.amazonaws.com" in key["policy"] and "lambda.eu-central-1.amazonaws.com" in key["policy"]
    assert statements(policy["policy"])["Invoke"]["Resource"] == "arn:aws:sagemaker:eu-central-1:444444444444:endpoint/slipway-test-wine"
    (dashboard,) = resources(document, "aws_cloudwatch_dashboard")
    titles = [widget["properties"].get("title", "") for widget in json.loads(dashboard["dashboard_body"])["widgets"]]
    assert "first: requests" in titles and "second: response time" in titles


def test_only_chosen_cases_are_carried(build: Callable[[str], Documents]) -> None:
    document = build("load_test: { target: { name: wine }, case_file: cases.yaml, cases: [second] }\n")["test-load_test"]
    (dashboard,) = resources(document, "aws_cloudwatch_dashboard")
    assert "second" in dashboard["dashboard_body"] and "first" not in dashboard["dashboard_body"]


def test_an_apis_testers_know_its_address_and_the_id_of_their_key(build: Callable[[str], Documents]) -> None:
    load_test = "load_test: { target: { kind: api, name: wine, api_key: b }, case_file: cases.yaml }\n"
    found = variables(build(f"api: {{ endpoints: {{ wine: {{}} }}, {KEYS} }}\n{load_test}")["test-load_test"])
    outputs = "${data.terraform_remote_state.api.outputs"
    assert found == {
        "API_URL": f"https://{outputs}.api_id}}.execute-api.eu-central-1.amazonaws.com/test/endpoints/wine/invocations",
        "API_KEY_ID": f"{outputs}.api_key_ids[1]}}",
    }, "keys in the order of their names: a-key, b"


def test_an_api_with_a_domain_is_asked_by_it(build: Callable[[str], Documents]) -> None:
    certificate = "arn:aws:acm:eu-central-1:444444444444:certificate/00000000-0000-0000-0000-000000000000"
    domain = f"domain: {{ domain_name: api.example.com, regional_certificate_arn: '{certificate}', base_path: v1 }}"
    load_test = "load_test: { target: { kind: api, name: wine }, case_file: cases.yaml }\n"
    document = build(f"api: {{ endpoints: {{ wine: {{ path: /predict }} }}, {domain} }}\n{load_test}")["test-load_test"]
    assert variables(document) == {"API_URL": "https://api.example.com/v1/predict"}
    (policy,) = resources(document, "aws_iam_role_policy")
    assert statements(policy["policy"])["Invoke"]["Resource"].endswith("/test/POST/predict")


def test_without_the_option_there_is_no_stack(build: Callable[[str], Documents]) -> None:
    assert "test-load_test" not in build("")
