"""The layers of an environment. Pure: loads no toolkit."""

from __future__ import annotations

LAYERS = ("state", "shared", "serving")
"""Stacks in the order they are applied; destroying goes the other way."""


def stack_name(environment: str, layer: str) -> str:
    """`dev-shared`: the name `cdktf deploy 'dev-*'` matches and the stem of the state key."""
    return f"{environment}-{layer}"
