"""Environments whose time to live is over: `operations.expires_at` in their file."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from slipway.config.load import environment_names, load_environment


def expired(root: Path, now: datetime) -> list[str]:
    """Names of the environments of the project that ended before `now` (with a time zone), the oldest end first.

    Production never counts, whatever its file says. Raises InputError for a file that is not valid: whether it expires cannot be known.
    """
    found = []
    for name in environment_names(root):
        config = load_environment(name, root)
        ends = config.operations.expires_at if config.operations is not None else None
        if ends is not None and not config.is_production and (moment := _moment(ends)) <= now:
            found.append((moment, name))
    return [name for _, name in sorted(found)]


def _moment(text: str) -> datetime:
    """`2026-12-31T18:00:00Z`, which Python 3.10 cannot read with its Z."""
    return datetime.fromisoformat(text.replace("Z", "+00:00"))
