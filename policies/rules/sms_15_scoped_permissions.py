"""What IAM policies may grant."""

from __future__ import annotations

from collections.abc import Iterator

from policies.estate import Estate, Resource, blocks
from policies.rule import NOT_APPLICABLE, Rule, Verdict, verdict
from policies.statements import Statement, Unreadable, policies_of, read
from policies.unscoped_actions import may_use_any_resource


def _check(resource: Resource, _: Estate) -> Verdict:
    policies, own = policies_of(resource), _own_prefix(resource)
    problems, unknowns = [], []
    for policy in policies:
        try:
            problems += [f"{s.label()}: {p}" for s in read(policy, resource.document) if s.allows for p in _problems(s, own)]
        except Unreadable as error:
            unknowns.append(str(error))
    return verdict(problems, unknowns) if policies else NOT_APPLICABLE


def _problems(statement: Statement, own: str) -> Iterator[str]:
    if statement.inverted:
        yield f"{' and '.join(statement.inverted)} allows everything that is not named"
    yield from (f"{action} is a whole service" for action in statement.actions if action == "*" or action.endswith(":*"))
    if any(resource == "*" for resource in statement.resources):
        wide = [action for action in statement.actions if not may_use_any_resource(action, statement)]
        if wide:
            yield f"resource * for {', '.join(wide)}"
    if any(action.lower() in ("iam:passrole", "iam:pass*", "iam:*") for action in statement.actions):
        yield from _pass_role(statement, own)


def _own_prefix(resource: Resource) -> str:
    """`<project>-<environment>-`, which begins every role's name here, as the provider's default tags say."""
    for provider in blocks(resource.document.content.get("provider", {}), "aws"):
        for default in blocks(provider, "default_tags"):
            tags = default.get("tags") or {}
            if tags.get("project") and tags.get("environment"):
                return f"{tags['project']}-{tags['environment']}-"
    return ""


def _pass_role(statement: Statement, own: str) -> Iterator[str]:
    for resource in statement.resources:
        fixed = resource.rstrip("*")
        ours = bool(own) and fixed.rsplit("/", 1)[-1].startswith(own)
        if "*" in fixed or "?" in fixed or (fixed != resource and not ours):
            yield f"iam:PassRole on {resource}"
    if not statement.has_condition("iam:PassedToService"):
        yield "iam:PassRole without the condition iam:PassedToService"


RULE = Rule(
    id="CKV_SLIPWAY_15",
    title="Ensure IAM policies name actions and resources, and pass only roles of the environment to named services",
    why="checkov's 62, 63 and 286-290 pass or stay silent on `s3:*` of one bucket, on inline policies and on PassRole of role/*.",
    fix="list the actions and the ARNs; for iam:PassRole the role's ARN (or <project>-<environment>-...*) and iam:PassedToService",
    applies_to=("aws_iam_policy", "aws_iam_role_policy", "aws_iam_group_policy", "aws_iam_user_policy", "aws_iam_role"),
    check=_check,
)
