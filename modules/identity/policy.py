"""Policy documents as compact JSON, checked against IAM's size limits. Pure: loads no toolkit."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

Statement = dict[str, Any]

INLINE_LIMIT = 10_240
"""IAM: characters of all inline policies of a role together, white space not counted."""
MANAGED_LIMIT = 6_144
"""IAM: characters of one managed policy, white space not counted."""
TRUST_LIMIT = 2_048
"""IAM: characters of a trust policy; the default quota."""


def document(statements: Sequence[Statement]) -> str:
    """A policy document: sorted keys, no white space, the same on every run."""
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)}, sort_keys=True, separators=(",", ":"))


def limited(statements: Sequence[Statement], limit: int, what: str) -> str:
    """The document, or `ValueError` when IAM would refuse its size. Tokens count as they are spelled at synth time."""
    text = document(statements)
    if len(text) > limit:
        raise ValueError(f"{what} has {len(text)} characters, IAM takes {limit}: split what it covers into more roles")
    return text
