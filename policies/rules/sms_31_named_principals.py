"""Who may use a repository, a topic or a queue."""

from __future__ import annotations

from policies.estate import Estate, Resource
from policies.rule import NOT_APPLICABLE, Rule, Verdict, unknown, verdict
from policies.statements import Statement, Unreadable, read

_NARROWING = ("aws:SourceAccount", "aws:SourceArn", "aws:SourceOwner", "aws:PrincipalAccount", "aws:PrincipalArn", "aws:PrincipalOrgID")


def _check(resource: Resource, _: Estate) -> Verdict:
    if resource.get("policy") is None:
        return NOT_APPLICABLE
    try:
        statements = read(resource.get("policy"), resource.document)
    except Unreadable as error:
        return unknown(str(error))
    return verdict(f"{statement.label()} allows everybody" for statement in statements if statement.allows and _is_open(statement))


def _is_open(statement: Statement) -> bool:
    anybody = "NotPrincipal" in statement.inverted or any(name == "*" for _, name in statement.principals)
    return anybody and not statement.has_condition(*_NARROWING)


RULE = Rule(
    id="CKV_SLIPWAY_31",
    title="Ensure the policy of a repository, topic or queue names who may use it",
    why="CKV_AWS_32 gives no answer for a policy written as a JSON string, so a repository open to everybody is not noticed.",
    fix="principals by ARN, or a condition on the account or organisation",
    applies_to=("aws_ecr_repository_policy", "aws_sns_topic_policy", "aws_sqs_queue_policy", "aws_sns_topic", "aws_sqs_queue"),
    check=_check,
)
