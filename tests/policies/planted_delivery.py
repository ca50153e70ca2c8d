"""Violations of the policies for delivery pipelines, planted into the clean platform with a clean pipeline beside it.

Every way around the gates is in tests/modules/delivery/test_delivery_gates.py; here one of each kind goes through the whole scan.
"""

from __future__ import annotations

from typing import Any

from tests.policies.planted import Case, Change, put
from tests.policies.platform import ACCOUNT, ARN, Body, Documents, policy, stack

PIPELINE = "aws_codepipeline.delivery"
IMAGE = "aws_codebuild_project.image_project"
DEPLOY_ROLE = f"{ARN}:role/slipway-prod-deploy"
_KEY = "${data.terraform_remote_state.shared.outputs.key_arn}"
_PREFIX = "slipway-prod-delivery"
_COMMANDS = {
    "test": "make test",
    "scan": "slipway scan prod",
    "image": "slipway image ensure prod wine",
    "plan": "slipway plan prod --save review",
    "apply": "slipway deploy prod --approved review",
}
_RIGHTS: dict[str, list[Body]] = {
    "image": [{"Action": ["ecr:PutImage"], "Resource": [f"arn:aws:ecr:eu-west-1:{ACCOUNT}:repository/slipway-prod-inference"]}],
    "plan": [{"Action": ["sts:AssumeRole"], "Resource": [f"{ARN}:role/slipway-prod-read-only"]}],
    "apply": [{"Action": ["sts:AssumeRole"], "Resource": [DEPLOY_ROLE]}],
}


def _project(step: str) -> Body:
    environment = {"type": "LINUX_CONTAINER", "image": "aws/codebuild/standard:7.0", "compute_type": "BUILD_GENERAL1_SMALL"}
    return {
        "name": f"{_PREFIX}-{step}",
        "service_role": f"{ARN}:role/{_PREFIX}-{step}",
        "encryption_key": _KEY,
        "source": {"type": "CODEPIPELINE", "buildspec": f"version: 0.2\nphases: {{ build: {{ commands: ['{_COMMANDS[step]}'] }} }}"},
        "artifacts": {"type": "CODEPIPELINE"},
        "environment": {**environment, "privileged_mode": step == "image"},
        "logs_config": {"cloudwatch_logs": {"group_name": f"/aws/codebuild/{_PREFIX}"}},
        "tags": {"delivers": "prod", "production": "true"},
    }


def _role(step: str) -> Body:
    condition = {"StringEquals": {"aws:SourceAccount": ACCOUNT}}
    trust = {"Effect": "Allow", "Principal": {"Service": "codebuild.amazonaws.com"}, "Action": "sts:AssumeRole", "Condition": condition}
    return {"name": f"{_PREFIX}-{step}", "assume_role_policy": policy(trust)}


def _rights(step: str, *more: Body) -> Body:
    logs = {"Action": ["logs:PutLogEvents"], "Resource": [f"arn:aws:logs:eu-west-1:{ACCOUNT}:log-group:/aws/codebuild/{_PREFIX}:*"]}
    statements = [{"Effect": "Allow", **item} for item in (logs, *_RIGHTS.get(step, ()), *more)]
    return {"name": "build", "role": f"${{aws_iam_role.{step}_role.name}}", "policy": policy(*statements)}


def _action(step: str, order: int = 1) -> Body:
    if step == "approve":
        return {"name": step, "category": "Approval", "owner": "AWS", "provider": "Manual", "version": "1", "run_order": order}
    configuration = {"ProjectName": f"${{aws_codebuild_project.{step}_project.name}}"}
    kind = {"category": "Build", "owner": "AWS", "provider": "CodeBuild", "version": "1"}
    return {"name": step, **kind, "configuration": configuration, "run_order": order}


def delivery_stack() -> Body:
    """The document of `prod-delivery`: test, scan, image, then plan, approval and apply."""
    stages = [{"name": step, "action": [_action(step)]} for step in ("test", "scan", "image")]
    stages.append({"name": "prod", "action": [_action("plan", 1), _action("approve", 2), _action("apply", 3)]})
    store = {"type": "S3", "location": f"slipway-prod-delivery-{ACCOUNT}", "encryption_key": {"id": _KEY, "type": "KMS"}}
    pipeline = {"name": _PREFIX, "role_arn": f"{ARN}:role/{_PREFIX}", "pipeline_type": "V2", "artifact_store": [store], "stage": stages}
    resources = {
        "aws_codepipeline": {"delivery": pipeline},
        "aws_codebuild_project": {f"{step}_project": _project(step) for step in _COMMANDS},
        "aws_iam_role": {f"{step}_role": _role(step) for step in _COMMANDS},
        "aws_iam_role_policy": {f"{step}_rights": _rights(step) for step in _COMMANDS},
    }
    backend = {"bucket": f"slipway-prod-tfstate-{ACCOUNT}", "key": "prod-shared.tfstate", "region": "eu-west-1"}
    return stack("prod-delivery", resources, data={"terraform_remote_state": {"shared": {"backend": "s3", "config": backend}}})


def with_delivery(*changes: Change) -> Change:
    """The platform with a pipeline, changed."""

    def change(documents: Documents) -> None:
        documents["prod-delivery"] = delivery_stack()
        for one in changes:
            one(documents)

    return change


def _may(step: str, *statements: Body) -> Change:
    return put(f"aws_iam_role_policy.{step}_rights", "policy", _rights(step, *statements)["policy"])


def _without(stage: int) -> Change:
    def change(documents: Documents) -> None:
        stages: Any = documents["prod-delivery"]["resource"]["aws_codepipeline"]["delivery"]["stage"]
        del stages[stage]

    return change


_ASSUME = {"Action": ["sts:AssumeRole"], "Resource": [DEPLOY_ROLE]}
_PUSH = {"Action": ["ecr:PutImage"], "Resource": [f"arn:aws:ecr:eu-west-1:{ACCOUNT}:repository/another"]}
PLANTED: dict[str, tuple[Case, ...]] = {
    "CKV_SLIPWAY_80": (
        Case("no tests", with_delivery(_without(0)), PIPELINE),
        Case("no scan", with_delivery(_without(1)), PIPELINE),
        Case(
            "approval beside the apply",
            with_delivery(put(PIPELINE, "stage.3.action.1.run_order", 3)),
            PIPELINE,
            frozenset({"CKV_SLIPWAY_82"}),
        ),
        Case("tests may fail", with_delivery(put(PIPELINE, "stage.0.on_failure", {"result": "SKIP"})), PIPELINE),
    ),
    "CKV_SLIPWAY_81": (Case("two repositories", with_delivery(_may("image", _PUSH)), IMAGE),),
    "CKV_SLIPWAY_82": (Case("tests may deploy", with_delivery(_may("test", _ASSUME)), PIPELINE),),
}
