"""Two roles: what ECS needs to start the container, and what the container itself may do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from constructs import Construct

from modules._shared.key_policy import Statement, document, hosts
from modules._shared.naming import Naming
from modules._shared.provider import aws
from modules._shared.statements import allow
from modules.fargate_endpoint.refs import FargateRefs
from modules.fargate_endpoint.spec import FargateConfig, log_group, role_name


@dataclass(frozen=True)
class TaskRoles:
    """Both roles and their policies: the service waits for the policies."""

    execution_arn: str
    task_arn: str
    policies: tuple[Any, ...]


def create_roles(scope: Construct, naming: Naming, name: str, spec: FargateConfig, refs: FargateRefs) -> TaskRoles:
    """Each role with one inline policy; a model whose weights are in the image may do nothing at all."""
    execution = _role(scope, naming, name, spec, "execution")
    task = _role(scope, naming, name, spec, "task")
    policies = [_policy(scope, "execution", execution, execution_statements(naming, name, refs))]
    if statements := task_statements(naming, refs):
        policies.append(_policy(scope, "task", task, statements))
    return TaskRoles(execution.arn, task.arn, tuple(policies))


def trust(naming: Naming) -> list[Statement]:
    """Tasks of this account and region only (ECS developer guide, "Amazon ECS task IAM role": confused deputy)."""
    return [
        {
            "Sid": "Tasks",
            "Effect": "Allow",
            "Principal": {"Service": "ecs-tasks.amazonaws.com"},
            "Action": "sts:AssumeRole",
            "Condition": {
                "ArnLike": {"aws:SourceArn": naming.arn("ecs", "*")},
                "StringEquals": {"aws:SourceAccount": naming.account_id},
            },
        }
    ]


def execution_statements(naming: Naming, name: str, refs: FargateRefs) -> list[Statement]:
    """Pull from one repository, write into one log group. Logging in to ECR has no resource."""
    pull = ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]
    group = naming.arn("logs", f"log-group:{log_group(naming, name)}:*")
    return [
        allow("RegistryToken", ["ecr:GetAuthorizationToken"], ["*"]),
        allow("PullImage", pull, [refs.repository_arn]),
        allow("WriteLogs", ["logs:CreateLogStream", "logs:PutLogEvents"], [group]),
    ]


def task_statements(naming: Naming, refs: FargateRefs) -> list[Statement]:
    """Read the model's objects, decrypted by S3 alone."""
    if not refs.model_url:
        return []
    through_s3 = {"StringEquals": {"kms:ViaService": hosts(naming, "s3")}}
    return [
        allow("ReadArtifacts", ["s3:GetObject"], [refs.artifacts_arn]),
        allow("DecryptArtifacts", ["kms:Decrypt"], [refs.artifacts_key_arn], through_s3),
    ]


def _role(scope: Construct, naming: Naming, name: str, spec: FargateConfig, kind: Literal["task", "execution"]) -> Any:
    what = {"task": "What the container may do", "execution": "What ECS needs to start the container"}[kind]
    return aws.iam_role.IamRole(
        scope,
        f"{kind}_role",
        name=role_name(naming, name, kind),
        description=f"{what}: {naming.name(name)}",
        assume_role_policy=document(trust(naming)),
        permissions_boundary=spec.permissions_boundary,
    )


def _policy(scope: Construct, kind: str, role: Any, statements: list[Statement]) -> Any:
    return aws.iam_role_policy.IamRolePolicy(scope, f"{kind}_policy", name=kind, role=role.name, policy=document(statements))
