"""Who may assume a role. Pure: loads no toolkit."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from modules._shared.naming import Naming
from modules.identity.policy import Statement

GITHUB_HOST = "token.actions.githubusercontent.com"


def sagemaker_trust(naming: Naming) -> Statement:
    """SageMaker, acting for resources of this account and region only (AWS: cross-service confused deputy prevention)."""
    return {
        "Sid": "SageMaker",
        "Effect": "Allow",
        "Principal": {"Service": "sagemaker.amazonaws.com"},
        "Action": "sts:AssumeRole",
        "Condition": {
            "ArnLike": {"aws:SourceArn": naming.arn("sagemaker", "*")},
            "StringEquals": {"aws:SourceAccount": naming.account_id},
        },
    }


def principals_trust(principals: Sequence[str]) -> list[Statement]:
    """Accounts, users and roles by ARN.

    A role is named by a condition on its account (IAM: "AWS global condition context keys", aws:PrincipalArn): IAM refuses a principal that
    does not exist yet, such as the role of a pipeline that is deployed later, and forgets one that is made again under the same name.
    """
    roles = sorted(arn for arn in principals if ":role/" in arn)
    others = sorted(set(principals) - set(roles))
    found: list[Statement] = []
    if others:
        found.append({"Sid": "Principals", "Effect": "Allow", "Principal": {"AWS": others}, "Action": "sts:AssumeRole"})
    if roles:
        accounts = sorted({f"{arn.partition(':role/')[0]}:root" for arn in roles})
        condition = {"ArnEquals": {"aws:PrincipalArn": roles}}
        found.append(
            {"Sid": "Roles", "Effect": "Allow", "Principal": {"AWS": accounts}, "Action": "sts:AssumeRole", "Condition": condition}
        )
    return found


def github_provider_arn(naming: Naming) -> str:
    """ARN of the account's OIDC provider for GitHub Actions."""
    return naming.arn("iam", f"oidc-provider/{GITHUB_HOST}", region=False)


def github_trust(naming: Naming, repository: str, subjects: Sequence[str]) -> Statement:
    """Workflows of one repository, in exactly these contexts."""
    equals: dict[str, Any] = {
        f"{GITHUB_HOST}:aud": "sts.amazonaws.com",
        f"{GITHUB_HOST}:sub": [f"repo:{repository}:{subject}" for subject in sorted(subjects)],
    }
    return {
        "Sid": "GithubActions",
        "Effect": "Allow",
        "Principal": {"Federated": github_provider_arn(naming)},
        "Action": "sts:AssumeRoleWithWebIdentity",
        "Condition": {"StringEquals": equals},
    }


def gitlab_provider_arn(naming: Naming, host: str) -> str:
    """ARN of the account's OIDC provider for GitLab."""
    return naming.arn("iam", f"oidc-provider/{host}", region=False)


def gitlab_trust(naming: Naming, host: str, project: str, refs: Sequence[str]) -> Statement:
    """Jobs of one project, of exactly these refs; no refs: of every branch. GitLab: "Configure OpenID Connect in AWS"."""
    audience = {f"{host}:aud": f"https://{host}"}
    condition: dict[str, Any] = {"StringEquals": audience, "StringLike": {f"{host}:sub": f"project_path:{project}:ref_type:branch:ref:*"}}
    if refs:
        subjects = [f"project_path:{project}:ref_type:{kind}:ref:{name}" for kind, _, name in (ref.partition(":") for ref in sorted(refs))]
        condition = {"StringEquals": {**audience, f"{host}:sub": subjects}}
    return {
        "Sid": "GitlabCi",
        "Effect": "Allow",
        "Principal": {"Federated": gitlab_provider_arn(naming, host)},
        "Action": "sts:AssumeRoleWithWebIdentity",
        "Condition": condition,
    }
