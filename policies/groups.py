"""Rules of security groups in one shape, whichever resource type they are written in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from policies.estate import Resource

ANYWHERE = frozenset({"0.0.0.0/0", "::/0"})
"""The blocks that stand for the whole internet."""


def group_rules(resource: Resource, direction: str) -> list[Mapping[str, Any]]:
    """The `ingress` or `egress` rules of a group, of a rule that is a resource of its own, or none."""
    if resource.type == f"aws_vpc_security_group_{direction}_rule":
        return [resource.body]
    if resource.type == "aws_security_group_rule":
        return [resource.body] if resource.get("type") == direction else []
    return resource.blocks(direction)


def anywhere(rule: Mapping[str, Any]) -> list[str]:
    """Which of `ANYWHERE` a rule names, under any of the names that the resource types have for blocks."""
    found: list[str] = []
    for name in ("cidr_ipv4", "cidr_ipv6", "cidr_blocks", "ipv6_cidr_blocks"):
        value = rule.get(name)
        found += value if isinstance(value, list) else [value] if value else []
    return sorted(ANYWHERE.intersection(found))
