"""Statements in as few managed policies as they fit into. Pure: loads no toolkit."""

from __future__ import annotations

import json
from collections.abc import Iterable

from modules.identity.policy import MANAGED_LIMIT, Statement, document

_EMPTY = len(document([]))


def packed(statements: Iterable[Statement]) -> dict[str, list[Statement]]:
    """Policies by their number, "1" first: each statement goes into the first policy that has room for it.

    IAM attaches ten managed policies to a role by default, of 6,144 characters each. What comes first stays where it is when more comes
    after it, so a role that deploys never loses a right for a moment because a layer was added.
    """
    policies: list[list[Statement]] = []
    sizes: list[int] = []
    for statement in statements:
        size = len(json.dumps(statement, sort_keys=True, separators=(",", ":"))) + 1
        place = next((index for index, used in enumerate(sizes) if used + size <= MANAGED_LIMIT), len(policies))
        if place == len(policies):
            policies.append([])
            sizes.append(_EMPTY)
        policies[place].append(statement)
        sizes[place] += size
    return {str(number): found for number, found in enumerate(policies, start=1)}
