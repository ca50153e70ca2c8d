"""What may be done through a VPC's endpoints."""

from __future__ import annotations

from collections.abc import Iterator

from policies.estate import Estate, Resource
from policies.rule import Rule, Verdict, fail, unknown, verdict
from policies.statements import Statement, Unreadable, read

_OWNERS = ("aws:principalaccount", "aws:principalorgid", "aws:principalarn", "aws:resourceaccount", "aws:resourceorgid")


def _check(endpoint: Resource, _: Estate) -> Verdict:
    policy = endpoint.get("policy")
    if policy is None:
        return fail("no policy, so AWS's own, which allows everything to everybody")
    try:
        statements = read(policy, endpoint.document)
    except Unreadable as error:
        return unknown(str(error))
    return verdict(f"{s.label()}: {problem}" for s in statements if s.allows for problem in _problems(s))


def _problems(statement: Statement) -> Iterator[str]:
    if statement.inverted:
        yield f"{' and '.join(statement.inverted)} allows everything that is not named"
    yield from (f"{action} is a whole service" for action in statement.actions if action == "*" or action.endswith(":*"))
    anybody = any(name == "*" for _, name in statement.principals)
    if anybody and any(resource == "*" for resource in statement.resources) and not statement.has_condition(*_OWNERS):
        yield "anybody, on anything: no condition names the account"


RULE = Rule(
    id="CKV_SLIPWAY_50",
    title="Ensure a VPC endpoint has a policy that names actions and whose credentials or resources they are for",
    why="Without one, a foreign account's keys work from inside the VPC too, and data leaves through AWS's own door.",
    fix="policy with actions by name and a condition on aws:PrincipalAccount or aws:ResourceAccount",
    applies_to=("aws_vpc_endpoint",),
    check=_check,
)
