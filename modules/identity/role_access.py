"""What deploying and planning calls of IAM. Pure: loads no toolkit.

The deploy role makes and passes execution roles and nothing else: its own permissions and the read-only role's
change only when an administrator applies.
"""

from __future__ import annotations

from typing import Any

from modules._shared.naming import Naming
from modules.identity.access import Access, actions, prefix
from modules.identity.trust import github_provider_arn, gitlab_provider_arn

_SCALING_SERVICE = "sagemaker.application-autoscaling.amazonaws.com"
READ_ROLE = actions(
    "iam",
    "GetRole",
    "GetRolePolicy",
    "ListAttachedRolePolicies",
    "ListInstanceProfilesForRole",
    "ListRolePolicies",
    "ListRoleTags",
)
"""What planning a role reads."""


def execution_role_name(naming: Naming, model_name: str) -> str:
    """Name of a model's execution role (IAM: at most 64 characters)."""
    return naming.name("model", model_name, max_length=64)


def roles(
    naming: Naming,
    path: str,
    execution_paths: tuple[str, ...],
    brought: tuple[str, ...],
    boundaries: tuple[str, ...],
    *,
    gitlab_host: str = "",
) -> list[Access]:
    """Execution roles by their common prefix; roles that were brought along are only passed. `gitlab_host`: empty without GitLab."""
    patterns = tuple(_iam(naming, f"role{item}{prefix(naming)}model-*") for item in sorted(set(execution_paths)))
    bounded: dict[str, Any] = {"StringEquals": {"iam:PermissionsBoundary": sorted(set(boundaries))}} if boundaries else {}
    to_sagemaker = {"StringEquals": {"iam:PassedToService": "sagemaker.amazonaws.com"}}
    change = ("DeleteRole", "TagRole", "UntagRole", "UpdateAssumeRolePolicy", "UpdateRole", "UpdateRoleDescription")
    guarded = ("CreateRole", "DeleteRolePolicy", "PutRolePermissionsBoundary", "PutRolePolicy")
    return [
        Access("ExecutionRoles", patterns, plan=READ_ROLE, deploy=actions("iam", *change)),
        Access("ExecutionPolicies", patterns, deploy=actions("iam", *guarded), condition=bounded),
        Access("PassRoles", (*patterns, *sorted(set(brought))), deploy=actions("iam", "PassRole"), condition=to_sagemaker),
        _scaling_role(naming),
        *_own(naming, path, gitlab_host),
    ]


def _scaling_role(naming: Naming) -> Access:
    """Registering the account's first scalable target makes Application Auto Scaling's service-linked role."""
    arn = _iam(naming, f"role/aws-service-role/{_SCALING_SERVICE}/AWSServiceRoleForApplicationAutoScaling_SageMakerEndpoint")
    condition = {"StringEquals": {"iam:AWSServiceName": _SCALING_SERVICE}}
    return Access("ScalingServiceRole", (arn,), deploy=actions("iam", "CreateServiceLinkedRole"), condition=condition)


def _own(naming: Naming, path: str, gitlab_host: str) -> list[Access]:
    """Planning reads the roles for people and CI, their policies, and the OIDC providers."""
    own = tuple(_iam(naming, f"role{path}{prefix(naming)}{kind}") for kind in ("deploy", "read-only"))
    policies = (_iam(naming, f"policy{path}{prefix(naming)}*"),)
    read_policy = actions("iam", "GetPolicy", "GetPolicyVersion", "ListPolicyTags", "ListPolicyVersions")
    providers = (github_provider_arn(naming), *((gitlab_provider_arn(naming, gitlab_host),) if gitlab_host else ()))
    return [
        Access("OwnRoles", own, plan=READ_ROLE),
        Access("OwnPolicies", policies, plan=read_policy),
        Access("IdentityProviders", providers, plan=actions("iam", "GetOpenIDConnectProvider")),
    ]


def _iam(naming: Naming, resource: str) -> str:
    return naming.arn("iam", resource, region=False)
