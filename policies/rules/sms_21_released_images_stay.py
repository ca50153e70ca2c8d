"""Which images a repository may expire."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from policies.estate import Estate, Resource
from policies.rule import Rule, Verdict, fail, unknown, verdict

_RELEASE = "release"
_NEVER = 100_000
"""More images than a repository can hold (ECR's quota), so a rule with this count expires nothing."""


def _check(repository: Resource, estate: Estate) -> Verdict:
    found = estate.attached(repository, "aws_ecr_lifecycle_policy", "repository")
    if not found:
        return fail("the repository has no lifecycle policy")
    try:
        rules = json.loads(str(found[0].get("policy")))["rules"]
        return verdict(_problems(sorted(rules, key=lambda rule: int(rule["rulePriority"]))))
    except (ValueError, KeyError, TypeError):
        return unknown(f"{found[0].address}: the policy is no JSON with rules: {str(found[0].get('policy'))[:60]}")


def _problems(rules: list[dict[str, Any]]) -> Iterator[str]:
    shielded = False
    for rule in rules:
        selection = rule["selection"]
        named = [*selection.get("tagPrefixList", []), *selection.get("tagPatternList", [])]
        if selection["tagStatus"] == "untagged" or shielded:
            continue
        never = selection["countType"] == "imageCountMoreThan" and int(selection["countNumber"]) > _NEVER
        if never and any(name.startswith(_RELEASE) for name in named):
            shielded = True
        elif not never:
            tags = ", ".join(named) or "all tags"
            yield f"rule {rule['rulePriority']} ({selection['tagStatus']}: {tags}) expires images before released ones are shielded"


RULE = Rule(
    id="CKV_SLIPWAY_21",
    title="Ensure a repository expires old images, but never a released one",
    why="An endpoint that scales out pulls its image again: an expired one stops the scale-out and every roll-back. "
    "ECR decides by priority, and what an earlier rule names, no later rule expires.",
    fix="first a rule for the prefix release- with a count no repository reaches, then the rules that expire",
    applies_to=("aws_ecr_repository",),
    check=_check,
)
