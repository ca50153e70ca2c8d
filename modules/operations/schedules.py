"""When the function is called, and with what. Pure: loads no toolkit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from modules.operations.spec import OperationsSpec


@dataclass(frozen=True)
class Schedule:
    """One schedule: `request` is what the function gets."""

    name: str
    description: str
    expression: str
    timezone: str
    request: dict[str, Any]


def schedules(spec: OperationsSpec, endpoints: Sequence[str]) -> list[Schedule]:
    """All schedules of an environment with these endpoints (keys)."""
    return [*_working_hours(spec, list(endpoints)), *_expiries(spec, endpoints), *_idle_report(spec)]


def _working_hours(spec: OperationsSpec, endpoints: list[str]) -> list[Schedule]:
    hours, keys = spec.working_hours, spec.stopped_at_night(endpoints)
    if hours is None or not keys:
        return []
    stop = {"action": "stop", "endpoints": keys, "reason": "working hours"}
    start = {"action": "start", "endpoints": keys, "scheduled": True}
    return [
        Schedule("stop", "Stops endpoints at the end of working hours", hours.stop, hours.timezone, stop),
        Schedule("start", "Starts endpoints at the beginning of working hours", hours.start, hours.timezone, start),
    ]


def _expiries(spec: OperationsSpec, endpoints: Sequence[str]) -> list[Schedule]:
    """One for each moment: a schedule's own name has no room for many endpoints."""
    by_moment: dict[str, list[str]] = {}
    for key in endpoints:
        if moment := spec.expiry(key):
            by_moment.setdefault(moment, []).append(key)
    return [
        Schedule(
            f"expire-{moment.replace(':', '').rstrip('Z')}",
            f"Stops endpoints whose time to live is over: {', '.join(keys)}"[:512],
            f"at({moment.rstrip('Z')})",
            "UTC",
            {"action": "stop", "endpoints": keys, "reason": f"expired at {moment}"},
        )
        for moment, keys in sorted(by_moment.items())
    ]


def _idle_report(spec: OperationsSpec) -> list[Schedule]:
    report = spec.idle_report
    if report is None:
        return []
    what = f"Looks for endpoints without a request for {report.days} days"
    return [Schedule("idle-report", what, report.schedule, report.timezone, {"action": "idle_report"})]
