"""Rows of what planning and deploying an environment calls, and the statements they become. Pure: loads no toolkit.

Resources are named by the environment's prefix or exactly. Planning takes the state lock, so locking counts as planning.
Adding a resource type to a stack means adding its row in `serving_access` or `shared_access`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from modules._shared.naming import Naming
from modules._shared.statements import allow
from modules.identity.policy import Statement


@dataclass(frozen=True)
class Access:
    """Resources of one kind: the actions that planning calls, and those that only deploying calls."""

    sid: str
    resources: tuple[str, ...]
    plan: tuple[str, ...] = ()
    deploy: tuple[str, ...] = ()
    condition: Mapping[str, Any] = field(default_factory=dict)


def actions(service: str, *names: str) -> tuple[str, ...]:
    """`service:name` for every name."""
    return tuple(f"{service}:{name}" for name in names)


def prefix(naming: Naming) -> str:
    """What the name of every resource of the environment begins with."""
    return f"{naming.name()}-"


def deploy_statements(rows: Iterable[Access]) -> list[Statement]:
    """Everything in the rows."""
    return _statements((row, (*row.plan, *row.deploy)) for row in rows)


def plan_statements(rows: Iterable[Access]) -> list[Statement]:
    """What planning needs of the rows."""
    return _statements((row, row.plan) for row in rows)


def _statements(rows: Iterable[tuple[Access, tuple[str, ...]]]) -> list[Statement]:
    return [allow(row.sid, chosen, row.resources, dict(row.condition)) for row, chosen in rows if chosen and row.resources]
