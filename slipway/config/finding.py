"""What the rules between parts of an environment find."""

from __future__ import annotations

from dataclasses import dataclass

from slipway.config.nodes import Path


@dataclass(frozen=True)
class Finding:
    """One broken rule: the option's path and what is wrong."""

    path: Path
    text: str
