"""What the pipeline and its builds may do, and who may assume their roles. Pure: loads no toolkit.

A build has the rights of its step and no more: rights in an environment come from assuming that environment's own role, by name.
Before an approval nothing may assume a role that can change what is approved.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from modules._shared.key_policy import hosts
from modules._shared.naming import Naming
from modules._shared.statements import Statement, allow
from modules.delivery.refs import DeliveryRefs
from modules.delivery.spec import DeliverySpec, artifacts_bucket, log_group, pipeline_name, project_name, role_name
from modules.delivery.steps import CLONED, Step

_PUSH = (
    "ecr:BatchCheckLayerAvailability",
    "ecr:BatchGetImage",
    "ecr:CompleteLayerUpload",
    "ecr:DescribeImages",
    "ecr:DescribeRepositories",
    "ecr:GetDownloadUrlForLayer",
    "ecr:InitiateLayerUpload",
    "ecr:PutImage",
    "ecr:UploadLayerPart",
)


def trust(naming: Naming, service: str, source_arns: Sequence[str]) -> list[Statement]:
    """An AWS service, for these resources of the account only (AWS: cross-service confused deputy prevention)."""
    condition = {"ArnLike": {"aws:SourceArn": list(source_arns)}, "StringEquals": {"aws:SourceAccount": naming.account_id}}
    principal = {"Service": f"{service}.amazonaws.com"}
    return [{"Sid": "Service", "Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole", "Condition": condition}]


def pipeline_statements(
    naming: Naming, spec: DeliverySpec, refs: DeliveryRefs, steps: Sequence[Step], connection_arn: str
) -> list[Statement]:
    """The pipeline itself: read the repository, start its own builds, keep artifacts, tell approvers."""
    topics = sorted({item.approval_topic for item in spec.environments if item.approval and item.approval_topic})
    projects = [_project(naming, step.name) for step in steps if step.source != CLONED]
    return [
        allow("UseConnection", [f"{service}:UseConnection" for service in _CONNECTIONS], [connection_arn]),
        allow("StartBuilds", ["codebuild:BatchGetBuilds", "codebuild:StartBuild"], projects),
        *(_telling(naming, topics) if topics else []),
        *_artifacts(naming, refs),
    ]


def _telling(naming: Naming, topics: Sequence[str]) -> list[Statement]:
    """Publish to the approvers' topics, also to encrypted ones: SNS uses their keys with the publisher's permissions."""
    own = {"StringEquals": {"kms:ViaService": hosts(naming, "sns"), "kms:EncryptionContext:aws:sns:topicArn": list(topics)}}
    return [
        allow("TellApprovers", ["sns:Publish"], topics),
        allow("TopicKeys", ["kms:Decrypt", "kms:GenerateDataKey"], [naming.arn("kms", "key/*")], own),
    ]


_CONNECTIONS = ("codeconnections", "codestar-connections")
"""The service's two names: an action must be called like the ARN that it is about."""


def build_roles(naming: Naming, refs: DeliveryRefs, steps: Sequence[Step], connection_arn: str) -> dict[str, list[Statement]]:
    """Role -> statements, for every role that a step names."""
    found = {}
    for role in dict.fromkeys(step.role for step in steps):
        own = [step for step in steps if step.role == role]
        found[role] = [*_logs(naming), *_artifacts_of(naming, refs, own), *_own(naming, refs, role, own, connection_arn)]
    return found


def _own(naming: Naming, refs: DeliveryRefs, role: str, steps: Sequence[Step], connection_arn: str) -> list[Statement]:
    if role == "image" and refs.repository_name is not None:
        repository = naming.arn("ecr", f"repository/{refs.repository_name}")
        return [allow("PushImages", _PUSH, [repository]), allow("RegistryToken", ["ecr:GetAuthorizationToken"], ["*"])]
    assumed = sorted({arn for step in steps for arn in assumed_roles(step)})
    clones = role in ("record", "release", "expire", "drift")
    return [
        *([allow("AssumeRoles", ["sts:AssumeRole"], assumed)] if assumed else []),
        *([allow("UseConnection", [f"{name}:{action}" for name in _CONNECTIONS for action in _CLONE], [connection_arn])] if clones else []),
    ]


_CLONE = ("GetConnection", "GetConnectionToken", "UseConnection")


def assumed_roles(step: Step) -> list[str]:
    """ARNs of the roles that the step's AWS profiles assume."""
    lines = step.variables.get("PROFILES", "").splitlines()
    return [line.partition(" = ")[2] for line in lines if line.startswith("role_arn = ")]


def start(naming: Naming, step: str) -> list[Statement]:
    """EventBridge starts exactly one build."""
    return [allow("StartBuild", ["codebuild:StartBuild"], [_project(naming, step)])]


def projects_of(naming: Naming, steps: Sequence[Step], role: str) -> list[str]:
    """ARNs of the projects that run with a role."""
    return [_project(naming, step.name) for step in steps if step.role == role]


def pipeline_arn(naming: Naming) -> str:
    """ARN of the pipeline."""
    return naming.arn("codepipeline", pipeline_name(naming))


def role_arn(naming: Naming, role: str) -> str:
    """ARN of a role of the pipeline's builds: what an environment's `access` names as a principal."""
    return naming.arn("iam", f"role/{role_name(naming, role)}", region=False)


def _project(naming: Naming, step: str) -> str:
    return naming.arn("codebuild", f"project/{project_name(naming, step)}")


def _logs(naming: Naming) -> list[Statement]:
    return [
        allow("WriteLogs", ["logs:CreateLogStream", "logs:PutLogEvents"], [f"{naming.arn('logs', f'log-group:{log_group(naming)}')}:*"])
    ]


def _artifacts_of(naming: Naming, refs: DeliveryRefs, steps: Sequence[Step]) -> list[Statement]:
    """Only builds that put something out may write, and those that clone by themselves have nothing to read."""
    if all(step.source == CLONED for step in steps):
        return []
    return _artifacts(naming, refs, write=any(step.puts_out for step in steps))


def _artifacts(naming: Naming, refs: DeliveryRefs, *, write: bool = True) -> list[Statement]:
    bucket = naming.arn("s3", artifacts_bucket(naming), region=False, account=False)
    through: Mapping[str, Any] = {"StringEquals": {"kms:ViaService": hosts(naming, "s3")}}
    put, make = (["s3:PutObject"], ["kms:GenerateDataKey"]) if write else ([], [])
    return [
        allow("FindArtifacts", ["s3:GetBucketLocation", "s3:GetBucketVersioning", "s3:ListBucket"], [bucket]),
        allow("Artifacts", ["s3:GetObject", "s3:GetObjectVersion", *put], [f"{bucket}/*"]),
        allow("ArtifactsKey", ["kms:Decrypt", "kms:DescribeKey", *make], [refs.kms_key_arn], through),
    ]
