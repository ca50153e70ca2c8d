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


def principals_trust(principals: Sequence[str]) -> Statement:
    """Accounts, roles or users by ARN."""
    return {"Sid": "Principals", "Effect": "Allow", "Principal": {"AWS": sorted(principals)}, "Action": "sts:AssumeRole"}


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
