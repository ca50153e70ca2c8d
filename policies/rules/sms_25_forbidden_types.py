"""Types that have no place on the platform."""

from __future__ import annotations

from policies.estate import Estate, Resource
from policies.rule import Rule, Verdict, fail

_REASONS = {
    "aws_sagemaker_notebook_instance": "notebooks run unreviewed code beside production",
    "aws_sagemaker_domain": "Studio runs unreviewed code beside production",
    "aws_sagemaker_user_profile": "Studio runs unreviewed code beside production",
    "aws_iam_user": "people come through roles",
    "aws_iam_access_key": "long-lived keys leak, and this one would stand in the state",
    "aws_iam_user_login_profile": "people come through roles",
    "aws_lambda_function_url": "a public address without authorisation in front",
}


def _check(resource: Resource, _: Estate) -> Verdict:
    return fail(f"{resource.type}: {_REASONS[resource.type]}")


RULE = Rule(
    id="CKV_SLIPWAY_25",
    title="Ensure no notebook, Studio domain, IAM user, access key or function URL is created",
    why="The platform serves models. Each of these is a way around its reviews.",
    fix="remove the resource; people assume the deploy or the read-only role",
    applies_to=tuple(_REASONS),
    check=_check,
    alone=True,
)
