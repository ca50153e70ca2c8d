"""Policies that AWS writes."""

from __future__ import annotations

import re

from policies.estate import Estate, Resource
from policies.rule import PASS, Rule, Verdict, fail

_WIDE = re.compile(r":iam::aws:policy/.*(FullAccess|AdministratorAccess|PowerUserAccess|IAMFullAccess)\w*$")


def _check(resource: Resource, _: Estate) -> Verdict:
    named = [resource.get("policy_arn"), *(resource.get("managed_policy_arns") or [])]
    wide = [str(arn) for arn in named if _WIDE.search(str(arn))]
    return fail(f"{', '.join(wide)} is attached") if wide else PASS


RULE = Rule(
    id="CKV_SLIPWAY_30",
    title="Ensure no AWS managed policy with full access is attached",
    why="AmazonSageMakerFullAccess reads every bucket whose name holds `sagemaker` and passes roles. Built-in checks know two.",
    fix="grant what is used; the module identity generates it",
    applies_to=("aws_iam_role", "aws_iam_role_policy_attachment", "aws_iam_policy_attachment", "aws_iam_group_policy_attachment"),
    check=_check,
    alone=True,
)
