"""The layers of an environment. Pure: loads no toolkit."""

from __future__ import annotations

from typing import Any

LAYERS = ("state", "network", "shared", "training", "serving", "api", "observability", "load_test", "operations", "delivery")
"""Stacks in the order they are applied; destroying goes the other way."""
OPTIONAL = ("network", "training", "api", "observability", "load_test", "operations", "delivery")
"""Layers that an environment has when its file has the key of the same name."""
BEFORE_RELEASE = ("state", "network", "shared", "training")
"""Layers that can stand before any model is released; the others serve models or look at what serves them."""


def layers_of(config: Any) -> tuple[str, ...]:
    """The layers that an environment's options ask for."""
    return tuple(layer for layer in LAYERS if layer not in OPTIONAL or getattr(config, layer, None) is not None)


def stack_name(environment: str, layer: str) -> str:
    """`dev-shared`: the name `cdktf deploy 'dev-*'` matches and the stem of the state key."""
    return f"{environment}-{layer}"
