"""Rules between schedules, time to live and budgets and the rest of the environment."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from slipway.config.finding import Finding
from slipway.config.names import names_production
from slipway.config.problems import did_you_mean

_NEED_NO_STOP = ("lambda", "batch_transform")


def operations_references(data: Mapping[str, Any]) -> Iterator[Finding]:
    """Production runs day and night; what is named must exist and be something that costs while nobody asks.

    Any part of `data` may be malformed.
    """
    operations = _map(data.get("operations"))
    if not operations:
        return
    if names_production(str(data.get("name", "")), _flag(data.get("production"))):
        yield from _production(operations)
    endpoints = _map(data.get("endpoints"))
    hours = _map(operations.get("working_hours")).get("endpoints")
    for index, name in enumerate(hours if isinstance(hours, list | tuple) else ()):
        yield from _stoppable(("operations", "working_hours", "endpoints", index), name, endpoints)
    for name in _map(operations.get("endpoint_expires_at")):
        yield from _stoppable(("operations", "endpoint_expires_at", str(name)), name, endpoints)


def _production(operations: Mapping[str, Any]) -> Iterator[Finding]:
    for option, what in (("working_hours", "stops at night"), ("expires_at", "expires"), ("endpoint_expires_at", "expires")):
        if operations.get(option):
            yield Finding(("operations", option), f"nothing in production {what}; budget and idle_report are for production too")


def _stoppable(path: tuple[str | int, ...], name: Any, endpoints: Mapping[str, Any]) -> Iterator[Finding]:
    if not isinstance(name, str):
        return
    if name not in endpoints:
        yield Finding(path, f"unknown endpoint {name[:80]!r}{did_you_mean(name, map(str, endpoints))}")
        return
    kind = _map(_map(endpoints[name]).get("hosting")).get("kind")
    if kind in _NEED_NO_STOP:
        yield Finding(path, f"endpoint {name} is hosted by {kind}: it costs nothing while nobody uses it, and cannot be stopped")


def _flag(value: Any) -> bool | None:
    return value if isinstance(value, bool) else None


def _map(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
