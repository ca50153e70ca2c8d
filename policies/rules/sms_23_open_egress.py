"""Where security groups let traffic out to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from policies.estate import Estate, Resource, is_reference
from policies.groups import anywhere, group_rules
from policies.rule import Rule, Verdict, verdict

_EVERYTHING = frozenset({"-1", "all"})


def _check(resource: Resource, _: Estate) -> Verdict:
    rules = group_rules(resource, "egress")
    problems = [f"every protocol and port to {', '.join(to)}" for rule in rules if (to := anywhere(rule)) and _whole(rule)]
    unknowns = [f"{name} is {rule[name]}" for rule in rules for name in ("ip_protocol", "protocol") if is_reference(rule.get(name))]
    return verdict(problems, unknowns)


def _whole(rule: Mapping[str, Any]) -> bool:
    protocol = str(rule.get("ip_protocol", rule.get("protocol", ""))).lower()
    return protocol in _EVERYTHING or (rule.get("from_port"), rule.get("to_port")) == (0, 65535)


RULE = Rule(
    id="CKV_SLIPWAY_23",
    title="Ensure no security group lets everything out to the internet",
    why="What may connect anywhere can send anywhere what it is asked. CKV_AWS_382 misses rules that are resources of their own.",
    fix="an egress rule that names a port and where it leads: the endpoints' security group, the S3 prefix list, or a block",
    applies_to=(
        "aws_vpc_security_group_egress_rule",
        "aws_security_group_rule",
        "aws_security_group",
        "aws_default_security_group",
    ),
    check=_check,
    alone=True,
)
