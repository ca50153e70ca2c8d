"""Where security groups let traffic in from."""

from __future__ import annotations

from policies.estate import Estate, Resource
from policies.groups import anywhere, group_rules
from policies.rule import Rule, Verdict, verdict


def _check(resource: Resource, _: Estate) -> Verdict:
    return verdict(f"open to {', '.join(found)}" for rule in group_rules(resource, "ingress") if (found := anywhere(rule)))


RULE = Rule(
    id="CKV_SLIPWAY_51",
    title="Ensure no security group is open to the internet",
    why="Nothing of the platform is called over a network interface from outside; checkov's 24, 25, 260 and 277 look at four ports only.",
    fix="an ingress rule from a security group or a private block",
    applies_to=(
        "aws_vpc_security_group_ingress_rule",
        "aws_security_group_rule",
        "aws_security_group",
        "aws_default_security_group",
    ),
    check=_check,
    alone=True,
)
