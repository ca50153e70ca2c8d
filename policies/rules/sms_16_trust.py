"""Who may assume a role."""

from __future__ import annotations

import re
from collections.abc import Iterator

from policies.estate import Estate, Resource
from policies.rule import NOT_APPLICABLE, Rule, Verdict, unknown, verdict
from policies.statements import Statement, Unreadable, read

_OWN_ACCOUNT_ONLY = frozenset({"apigateway.amazonaws.com", "lambda.amazonaws.com"})
"""Services that refuse a role of another account when it is handed to them (iam:PassRole is checked in the resource's own account),
and for which AWS documents no aws:SourceAccount in the trust of a role: a condition that is never met would lock them out."""
_ACCOUNT = re.compile(r"[0-9]{12}|arn:aws[a-z-]*:iam::[0-9]{12}:root")


def _check(role: Resource, _: Estate) -> Verdict:
    if role.get("assume_role_policy") is None:
        return NOT_APPLICABLE
    try:
        statements = read(role.get("assume_role_policy"), role.document)
    except Unreadable as error:
        return unknown(str(error))
    return verdict(problem for statement in statements if statement.allows for problem in _problems(statement))


def _problems(statement: Statement) -> Iterator[str]:
    kinds = {kind for kind, _ in statement.principals}
    if any("*" in name for _, name in statement.principals) or "NotPrincipal" in statement.inverted:
        yield "anybody may assume the role"
    services = {name for kind, name in statement.principals if kind == "Service"}
    if services - _OWN_ACCOUNT_ONLY and not statement.has_condition("aws:SourceAccount", "aws:SourceArn"):
        yield "a service may assume the role for any account: no aws:SourceAccount"
    accounts = sorted(name for kind, name in statement.principals if kind == "AWS" and _ACCOUNT.fullmatch(name))
    if accounts and not statement.has_condition("aws:PrincipalArn"):
        yield f"whoever account {accounts[0]} lets may assume the role: no aws:PrincipalArn"
    if "Federated" in kinds:
        yield from _federated(statement)


def _federated(statement: Statement) -> Iterator[str]:
    tests = [(operator, key, values) for operator, key, values in statement.conditions if not operator.lower().endswith("ifexists")]
    if not any(key.endswith((":aud", ":client_id")) for _, key, _ in tests):
        yield "a federated identity is accepted for any audience"
    subjects = [values for _, key, values in tests if key.endswith(":sub")]
    if not subjects:
        yield "a federated identity is accepted whatever its subject"
    yield from (
        f"subject {v} matches more than one repository" for values in subjects for v in values if "*" in v.split(":")[min(1, v.count(":"))]
    )


RULE = Rule(
    id="CKV_SLIPWAY_16",
    title="Ensure a role trusts named principals, services only for this account, and federated identities only by subject",
    why="Without aws:SourceAccount a service can be talked into using the role for somebody else. "
    "CKV_AWS_60 and 61 read JSON strings only, and CKV_AWS_61 no conditions.",
    fix="a condition on aws:SourceAccount for services, on aws:PrincipalArn for accounts, on aud and sub for OpenID Connect",
    applies_to=("aws_iam_role",),
    check=_check,
)
