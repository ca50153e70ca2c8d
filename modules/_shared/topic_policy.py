"""What the policy of every SNS topic says. Pure: loads no toolkit."""

from __future__ import annotations

from typing import Any

_ACTIONS = (
    "sns:AddPermission",
    "sns:DeleteTopic",
    "sns:GetTopicAttributes",
    "sns:ListSubscriptionsByTopic",
    "sns:Publish",
    "sns:RemovePermission",
    "sns:SetTopicAttributes",
    "sns:Subscribe",
)
"""All actions that a topic policy may name; SNS refuses `sns:*` there ("action out of service scope")."""


def tls_only(arn: str) -> dict[str, Any]:
    """Nobody may do anything with the topic without TLS."""
    return {
        "Sid": "TlsOnly",
        "Effect": "Deny",
        "Principal": "*",
        "Action": list(_ACTIONS),
        "Resource": arn,
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }
