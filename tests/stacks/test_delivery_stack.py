"""The delivery stack: what it takes from the files of the environments that it delivers."""

from __future__ import annotations

import json
from collections.abc import Callable
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import pytest

from tests.stacks.test_stacks import BASE, DIGEST, LOCK, resources

Documents = dict[str, dict[str, Any]]
Project = Callable[[str, str], Documents]
ENDPOINTS = (
    "endpoints: { wine: { hosting: { kind: instances }, variants: [ { "
    "variant_name: main, model: wine, instance_type: ml.m5.large, initial_instance_count: 1 } ] } }\n"
)
ROOTS = "access: { deploy_principals: ['arn:aws:iam::444444444444:root'], read_only_principals: ['arn:aws:iam::444444444444:root'] }\n"
DELIVERY = """
delivery:
  repository: acme/models
  image: { registry: inference, models: [wine] }
  environments:
    - { name: test, approval: false, cases: { wine: cases.yaml } }
    - { name: live, cases: { wine: cases.yaml } }
"""
LIVE = (BASE + ENDPOINTS + ROOTS.replace("access: {", "access: { path: /ml/,")).replace(
    '"444444444444"\nregion: eu-central-1', '"555555555555"\nregion: eu-west-1\nproduction: true'
)
CASES = "version: 1\ncases:\n  - { name: first, body: a, expect: { status: 200 } }\n"


@pytest.fixture
def build(project: Project, tmp_path: Path) -> Callable[[str], Documents]:
    (tmp_path / "cases.yaml").write_text(CASES)
    (tmp_path / "environments").mkdir()
    (tmp_path / "environments" / "live.yaml").write_text(LIVE)
    images = f'images: {{ other: {{ repository: team/other, digest: "{DIGEST}" }} }}\n'
    return lambda more: project(BASE + ENDPOINTS + ROOTS + more, LOCK + images)


def projects(documents: Documents) -> dict[str, dict[str, Any]]:
    return {body["name"]: body for body in resources(documents["test-delivery"], "aws_codebuild_project")}


def variables(body: dict[str, Any]) -> dict[str, str]:
    return {item["name"]: item["value"] for item in body["environment"]["environment_variable"]}


def test_roles_regions_and_production_are_those_of_each_file(build: Callable[[str], Documents]) -> None:
    found = projects(build(DELIVERY))
    profiles = variables(found["slipway-test-delivery-apply-live"])["PROFILES"]
    assert "role_arn = arn:aws:iam::555555555555:role/ml/slipway-live-deploy\n" in profiles and "region = eu-west-1\n" in profiles
    assert "role_arn = arn:aws:iam::444444444444:role/slipway-test-read-only\n" in profiles
    assert found["slipway-test-delivery-apply-live"]["tags"] == {"delivers": "live", "production": "true"}
    assert found["slipway-test-delivery-apply-test"]["tags"] == {"delivers": "test", "production": "false"}


def test_the_image_goes_to_the_environments_own_repository(build: Callable[[str], Documents]) -> None:
    text = json.dumps(build(DELIVERY)["test-delivery"]["resource"]["aws_iam_role_policy"])
    assert "arn:aws:ecr:eu-central-1:444444444444:repository/slipway-test-inference" in text


def test_it_reads_the_logs_key_and_brings_its_own(build: Callable[[str], Documents]) -> None:
    document = build(DELIVERY)["test-delivery"]
    assert set(document["data"]["terraform_remote_state"]) == {"shared"}
    (key,) = resources(document, "aws_kms_key")
    assert "s3.eu-central-1.amazonaws.com" in key["policy"]
    (logging,) = resources(document, "aws_s3_bucket_logging")
    assert logging["target_bucket"] == "slipway-test-access-logs-444444444444"


def test_approved_packages_of_what_is_trained_are_released(build: Callable[[str], Documents], tmp_path: Path) -> None:
    (tmp_path / "train.py").write_text("")
    (tmp_path / "evaluate.py").write_text("")
    pipeline = "{ model: wine, image: other, source: { dir: . }, training: {}, evaluation: { program: evaluate.py }, condition: { metric: a.value, threshold: 1 } }"
    training = f"training: {{ pipelines: {{ weekly: {pipeline} }} }}\n"
    assert not resources(build(DELIVERY)["test-delivery"], "aws_cloudwatch_event_rule")
    (rule,) = resources(build(DELIVERY + training)["test-delivery"], "aws_cloudwatch_event_rule")
    assert json.loads(rule["event_pattern"])["detail"]["ModelPackageGroupName"] == ["slipway-test-wine"]
    silent = DELIVERY.replace("  image:", "  release_approved_packages: false\n  image:")
    assert not resources(build(silent + training)["test-delivery"], "aws_cloudwatch_event_rule")


def test_who_deploys_cannot_change_the_pipeline(build: Callable[[str], Documents]) -> None:
    """The pipeline deploys its own environment: it must not be able to leave out its approvals."""
    policies = [body for body in resources(build(DELIVERY)["test-shared"], "aws_iam_policy") if "-deploy" in body["name"]]
    statements = [item for body in policies for item in json.loads(body["policy"])["Statement"]]
    own = [item for item in statements if any("test-delivery" in arn or "codebuild" in arn for arn in item["Resource"])]
    actions = {action for item in own for action in item["Action"]}
    assert {"codepipeline:GetPipeline", "codebuild:BatchGetProjects", "iam:GetRole", "s3:GetBucketPolicy"} <= actions
    assert not [action for action in actions if not action.split(":")[1].startswith(("Get", "List", "Describe", "BatchGet"))]
    pattern = "arn:aws:iam::444444444444:role/slipway-test-delivery-deploy-live"
    for item in statements:
        if {"iam:PutRolePolicy", "iam:UpdateAssumeRolePolicy", "iam:PassRole"} & set(item["Action"]):
            assert not any(fnmatchcase(pattern, arn) for arn in item["Resource"]), item
