"""The `delivery` block of the full environment, with every option."""

from __future__ import annotations

from typing import Any


def delivery() -> dict[str, Any]:
    """A fresh copy. `access` of the full environment lets everybody of its account in."""
    return {
        "repository": "acme/models",
        "branch": "release",
        "provider_type": "GitLab",
        "connection_arn": "arn:aws:codeconnections:eu-west-1:123456789012:connection/00000000-0000-0000-0000-000000000000",
        "environments": [
            {
                "name": "case",
                "approval": True,
                "approval_topic": "arn:aws:sns:eu-west-1:123456789012:approvers",
                "approval_timeout_in_minutes": 1440,
                "cases": {"wine": "cases.yaml"},
            }
        ],
        "image": {"registry": "inference", "models": ["wine"]},
        "release_approved_packages": False,
        "ephemeral": {"role_arn": "arn:aws:iam::210987654321:role/sandbox", "branches": "x/", "schedule": "rate(2 hours)"},
        "drift_schedule": "cron(17 3 * * ? *)",
        "test_command": "make check",
        "build_image": "aws/codebuild/standard:7.0",
        "compute_type": "BUILD_GENERAL1_LARGE",
        "build_timeout_in_minutes": 60,
        "artifact_expiration_days": 30,
        "force_destroy": True,
        "log_retention_in_days": 90,
        "permissions_boundary": "arn:aws:iam::123456789012:policy/limit",
    }
