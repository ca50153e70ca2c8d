"""Logical ids."""

from __future__ import annotations

from collections import Counter

from policies.estate import Estate, Resource
from policies.rule import Rule, Verdict, verdict


def _check(terraform: Resource, _: Estate) -> Verdict:
    named = terraform.document.content.get("resource", {})
    counted = Counter(logical_id for resources in named.values() for logical_id in resources)
    return verdict(f"{count} resources are called {logical_id}" for logical_id, count in sorted(counted.items()) if count > 1)


RULE = Rule(
    id="CKV_SLIPWAY_29",
    title="Ensure a logical id is used once in a stack, whatever the type",
    why="checkov names a resource by its logical id without the type: of two with one id, a finding cannot be told apart.",
    fix="give the constructs different ids",
    applies_to=("terraform",),
    check=_check,
)
