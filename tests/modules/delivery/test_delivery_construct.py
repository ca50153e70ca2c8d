"""Every option of the pipeline reaches the Terraform JSON, and what Terraform would send is what the APIs take."""

from __future__ import annotations

import json
from typing import Any

import botocore.session
import pytest
from botocore.validate import ParamValidator

from modules.delivery import example
from modules.delivery.spec import DeliverySpec
from tests.modules.delivery.definition import (
    CASES,
    KEY,
    LOGS,
    WHOLE,
    build,
    pipeline,
    pipeline_declaration,
    policy,
    project_input,
    projects,
    refs,
    variables,
    whole,
)
from tests.modules.support import all_options, at, resource, resources, synth, untested

PIPELINE, PROJECT, ROLE, RULE = "aws_codepipeline", "aws_codebuild_project", "aws_iam_role", "aws_cloudwatch_event_rule"
CONNECTION = "arn:aws:codeconnections:eu-west-1:111111111111:connection/00000000-0000-0000-0000-000000000000"
TOPIC = "arn:aws:sns:eu-west-1:111111111111:approvers"


def environments(**options: Any) -> dict[str, Any]:
    return {"environments": [{"name": "dev", "approval": True, "cases": CASES, **options}]}


def source(document: dict[str, Any], name: str) -> Any:
    return pipeline(document)["stage"][0]["action"][0]["configuration"][name]


def first(document: dict[str, Any], step: str) -> Any:
    return pipeline(document)["stage"][3]["action"][{"approve": 1}[step]]


OPTIONS: dict[str, tuple[dict[str, Any], Any, Any]] = {
    "DeliverySpec.repository": ({"repository": "o/r"}, lambda d: source(d, "FullRepositoryId"), "o/r"),
    "DeliverySpec.branch": ({"branch": "release/1"}, lambda d: source(d, "BranchName"), "release/1"),
    "DeliverySpec.provider_type": ({"provider_type": "GitLab"}, lambda d: resource(d, "aws_codeconnections_connection")["provider_type"], "GitLab"),
    "DeliverySpec.connection_arn": ({"connection_arn": CONNECTION}, lambda d: source(d, "ConnectionArn"), CONNECTION),
    "DeliverySpec.environments": (environments(), lambda d: len(pipeline(d)["stage"]), 4),
    "DeliveredEnvironment.name": (environments(), lambda d: pipeline(d)["stage"][-1]["name"], "deliver-dev"),
    "DeliveredEnvironment.approval": (environments(), lambda d: first(d, "approve")["category"], "Approval"),
    "DeliveredEnvironment.approval_topic": (
        environments(approval_topic=TOPIC), lambda d: first(d, "approve")["configuration"].get("NotificationArn"), TOPIC
    ),
    "DeliveredEnvironment.approval_timeout_in_minutes": (
        environments(approval_timeout_in_minutes=60), lambda d: first(d, "approve").get("timeout_in_minutes"), 60
    ),
    "DeliveredEnvironment.cases": (
        environments(cases={"b": "b.yaml", "a": "a.yaml"}), lambda d: variables(d, "smoke-dev")["CASES"], "a=a.yaml b=b.yaml"
    ),
    "DeliverySpec.image": ({"image": WHOLE["image"]}, lambda d: "image" in projects(d), True),
    "ImageBuildSpec.models": ({"image": WHOLE["image"]}, lambda d: "image" in projects(d) and variables(d, "image")["MODELS"], "wine beer"),
    "DeliverySpec.ephemeral": ({"ephemeral": WHOLE["ephemeral"]}, lambda d: "expire" in projects(d), True),
    "EphemeralSpec.role_arn": (
        {"ephemeral": WHOLE["ephemeral"]},
        lambda d: "expire" in projects(d) and "role/sandbox\n" in variables(d, "expire")["PROFILES"],
        True,
    ),
    "EphemeralSpec.branches": (
        {"ephemeral": {**WHOLE["ephemeral"], "branches": "x/"}}, lambda d: "expire" in projects(d) and variables(d, "expire")["BRANCHES"], "x/"
    ),
    "EphemeralSpec.schedule": (
        {"ephemeral": {**WHOLE["ephemeral"], "schedule": "rate(2 days)"}},
        lambda d: [item["schedule_expression"] for item in resources(d, RULE) if "schedule_expression" in item],
        ["rate(2 days)"],
    ),
    "DeliverySpec.drift_schedule": (
        {"drift_schedule": "rate(1 day)"},
        lambda d: [item["schedule_expression"] for item in resources(d, RULE) if "schedule_expression" in item],
        ["rate(1 day)"],
    ),
    "DeliverySpec.test_command": ({"test_command": "make check"}, lambda d: variables(d, "test")["TEST_COMMAND"], "make check"),
    "DeliverySpec.build_image": (
        {"build_image": "aws/codebuild/standard:8.0"}, lambda d: at(projects(d)["test"], "environment.image"), "aws/codebuild/standard:8.0"
    ),
    "DeliverySpec.compute_type": (
        {"compute_type": "BUILD_GENERAL1_SMALL"}, lambda d: at(projects(d)["test"], "environment.compute_type"), "BUILD_GENERAL1_SMALL"
    ),
    "DeliverySpec.build_timeout_in_minutes": ({"build_timeout_in_minutes": 30}, lambda d: projects(d)["test"]["build_timeout"], 30),
    "DeliverySpec.artifact_expiration_days": (
        {"artifact_expiration_days": 7},
        lambda d: at(resource(d, "aws_s3_bucket_lifecycle_configuration"), "rule[0].expiration[0].days"),
        7,
    ),
    "DeliverySpec.force_destroy": ({"force_destroy": True}, lambda d: resource(d, "aws_s3_bucket").get("force_destroy"), True),
    "DeliverySpec.log_retention_in_days": (
        {"log_retention_in_days": 7}, lambda d: resource(d, "aws_cloudwatch_log_group")["retention_in_days"], 7
    ),
    "DeliverySpec.permissions_boundary": (
        {"permissions_boundary": "arn:aws:iam::111111111111:policy/limit"},
        lambda d: {item.get("permissions_boundary") for item in resources(d, ROLE)},
        {"arn:aws:iam::111111111111:policy/limit"},
    ),
}  # fmt: skip
ELSEWHERE = {
    "ImageBuildSpec.registry",  # tests/stacks/test_delivery_stack.py
    "DeliverySpec.release_approved_packages",  # tests/stacks/test_delivery_stack.py
}


def test_no_option_is_untested() -> None:
    assert untested(all_options(DeliverySpec), [*OPTIONS, *ELSEWHERE]) == []


@pytest.mark.parametrize("option", OPTIONS)
def test_an_option_reaches_the_json(option: str) -> None:
    options, read, expected = OPTIONS[option]
    assert read(build(**options)) == expected
    if "environments" not in options:
        assert read(build()) != expected


def errors(service: str, operation: str, given: dict[str, Any]) -> str:
    shape = botocore.session.get_session().get_service_model(service).operation_model(operation).input_shape
    return str(ParamValidator().validate(given, shape).generate_report())


def test_codepipeline_takes_the_definition() -> None:
    declaration = pipeline_declaration(whole())
    assert errors("codepipeline", "CreatePipeline", {"pipeline": declaration}) == ""
    assert (declaration["pipelineType"], declaration["executionMode"]) == ("V2", "QUEUED")
    names = [item["name"] for stage in declaration["stages"] for item in stage["actions"]]
    assert len(names) == len(set(names)) and all(len(name) <= 100 for name in names)


def test_codebuild_takes_every_project() -> None:
    for step, body in projects(whole()).items():
        assert errors("codebuild", "CreateProject", project_input(body)) == "", step


def test_artifacts_are_made_once_and_before_they_are_used() -> None:
    """CodePipeline refuses a definition that uses an artifact which no earlier action puts out."""
    made: list[str] = []
    for stage in pipeline(whole())["stage"]:
        for action in sorted(stage["action"], key=lambda item: item.get("run_order", 1)):
            assert set(action.get("input_artifacts", ())) <= set(made), action["name"]
            made += action.get("output_artifacts", ())
    assert len(made) == len(set(made))


def test_a_push_to_the_branch_starts_it_but_not_its_own_commits() -> None:
    (trigger,) = pipeline(whole())["trigger"]
    (push,) = trigger["git_configuration"]["push"]
    assert push == {
        "branches": {"includes": ["main"]},
        "file_paths": {"excludes": ["environments/staging.lock.yaml", "environments/prod.lock.yaml"]},
    }
    assert source(whole(), "DetectChanges") == "false", "the trigger does that"
    (alone,) = pipeline(build(**environments()))["trigger"]
    assert alone["git_configuration"]["push"] == [{"branches": {"includes": ["main"]}}]


def test_an_environment_is_planned_approved_applied_and_asked_in_one_stage() -> None:
    stage = pipeline(whole())["stage"][-1]
    assert [(item["name"], item["run_order"]) for item in stage["action"]] == [
        ("plan-prod", 1), ("approve-prod", 2), ("apply-prod", 3), ("smoke-prod", 4), ("record-prod", 5)
    ]  # fmt: skip
    assert stage["action"][1]["configuration"]["ExternalEntityLink"] == "#{plan-prod.REVIEW_URL}"
    assert stage["action"][0]["namespace"] == "plan-prod"
    assert [item["input_artifacts"] for item in stage["action"] if "input_artifacts" in item] == [
        ["source", "plan_staging"], ["source", "plan_prod"], ["source", "plan_prod"], ["repository", "plan_prod"]
    ]  # fmt: skip
    assert pipeline(whole())["stage"][4]["action"][0]["input_artifacts"] == ["source", "image"]


def test_everything_is_encrypted_and_logged() -> None:
    document = whole()
    assert {body["encryption_key"] for body in projects(document).values()} == {KEY}
    assert at(pipeline(document), "artifact_store[0].encryption_key") == {"id": KEY, "type": "KMS"}
    assert resource(document, "aws_cloudwatch_log_group")["kms_key_id"] == LOGS
    assert all("aws_cloudwatch_log_group" in at(body, "logs_config.cloudwatch_logs.group_name") for body in projects(document).values())


def test_an_approved_package_starts_the_release_of_exactly_that_package() -> None:
    document = whole()
    (rule,) = [item for item in resources(document, RULE) if "event_pattern" in item]
    assert json.loads(rule["event_pattern"]) == {
        "source": ["aws.sagemaker"],
        "detail-type": ["SageMaker Model Package State Change"],
        "detail": {"ModelPackageGroupName": ["slipway-dev-wine"], "ModelApprovalStatus": ["Approved"]},
    }
    (target,) = [item for item in resources(document, "aws_cloudwatch_event_target") if "input_transformer" in item]
    transformer = target["input_transformer"]
    assert transformer["input_paths"] == {"package": "$.detail.ModelPackageArn"}
    started = json.loads(transformer["input_template"].replace("<package>", "arn:package/7"))
    assert errors("codebuild", "StartBuild", {"projectName": "x", **started}) == ""
    assert {item["name"]: item["value"] for item in started["environmentVariablesOverride"]} == {
        "MODEL": "wine",
        "PACKAGE_ARN": "arn:package/7",
    }
    assert target["arn"] == "arn:aws:codebuild:eu-west-1:111111111111:project/slipway-dev-delivery-release"
    start = policy(document, "start-release")
    assert (start["StartBuild"]["Action"], start["StartBuild"]["Resource"]) == (["codebuild:StartBuild"], [target["arn"]])


def test_what_starts_by_itself_clones_the_branch_through_the_connection() -> None:
    for step in ("release", "expire", "drift"):
        body = projects(whole())[step]
        assert (body["source"]["type"], body["source"]["location"]) == ("GITHUB", "https://github.com/example/models.git")
        assert body["source"]["auth"]["type"] == "CODECONNECTIONS" and body["source_version"] == "refs/heads/main"
        assert body["artifacts"] == {"type": "NO_ARTIFACTS"}
        assert body["concurrent_build_limit"] == 1, "two that commit at once would get in each other's way"


def test_nothing_listens_without_packages() -> None:
    document = build(refs(package_groups={}))
    assert resources(document, RULE) == [] and "release" not in projects(document)


@pytest.mark.parametrize(
    ("given", "options", "message"),
    [
        ({"environments": {}}, {}, "refs.environments says nothing"),
        ({"repository_name": None}, {"image": WHOLE["image"]}, "repository_name is missing"),
        ({}, {"environments": [*WHOLE["environments"][:2], {"name": "prod", "approval": False, "cases": CASES}]}, "prod is production"),
    ],
)
def test_refs_that_do_not_fit_are_refused(given: dict[str, Any], options: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        build(refs(**given), **options)


def test_the_example_synthesizes() -> None:
    found = synth(example.build)
    assert set(found["output"]) == {
        f"delivery_{name}" for name in ("pipeline_name", "pipeline_arn", "connection_arn", "artifacts_bucket", "log_group_name")
    }
