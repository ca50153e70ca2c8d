"""The start message of a load test, and what each load tester is told."""

from __future__ import annotations

import json
import math
import time
import uuid
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

LEAD_SECONDS = 5.0
LEAD_SECONDS_PER_CLIENT = 0.05
"""From the start message to the first request: long enough for every tester to be up, so that all of them begin together."""
_KEYS = {"run", "clients", "interval_in_seconds", "duration_in_seconds"}


class BadMessage(ValueError):
    """A start message that starts nothing, and why."""


@dataclass(frozen=True)
class Limits:
    """The module's options: what a message that says nothing gets, and the most that one may ask for."""

    clients: int
    interval_in_seconds: float
    duration_in_seconds: float


@dataclass(frozen=True)
class Start:
    """One run. `start_at`: seconds since 1970; `interval_in_seconds`: between two requests of one client."""

    run: str
    start_at: float
    clients: int
    interval_in_seconds: float
    duration_in_seconds: float

    def task(self, client: int) -> dict[str, Any]:
        """The event of one tester; clients are numbered from 0."""
        return {**asdict(self), "client": client}

    def offset(self, client: int) -> float:
        """Seconds from the start to the client's first request: the clients share the time between two requests evenly."""
        return self.interval_in_seconds * client / self.clients

    def planned(self, client: int) -> int:
        """Requests of one client. Counted from 0, because seconds since 1970 are too large for exact fractions."""
        return max(0, math.ceil((self.duration_in_seconds - self.offset(client)) / self.interval_in_seconds - 1e-9))


def read(text: str, limits: Limits, now: float | None = None) -> Start:
    """The run that an SNS message asks for: a JSON object whose keys are all optional, `{}` for the module's options.

    Raises BadMessage for anything else, and for more load than the module's options allow.
    """
    try:
        asked = json.loads(text)
    except ValueError as error:
        raise BadMessage(f"not JSON: {error}; send {{}} to start with the module's options") from None
    if not isinstance(asked, dict) or not asked.keys() <= _KEYS:
        raise BadMessage(f"a JSON object with {', '.join(sorted(_KEYS))} or fewer is expected")
    clients = int(_number(asked, "clients", limits.clients, 1, limits.clients))
    return Start(
        run=str(asked.get("run") or uuid.uuid4())[:64],
        start_at=(time.time() if now is None else now) + LEAD_SECONDS + LEAD_SECONDS_PER_CLIENT * clients,
        clients=clients,
        interval_in_seconds=_number(asked, "interval_in_seconds", limits.interval_in_seconds, limits.interval_in_seconds, 3600),
        duration_in_seconds=_number(asked, "duration_in_seconds", limits.duration_in_seconds, 1, limits.duration_in_seconds),
    )


def run_of(text: str) -> str:
    """The run that a message names, even one that starts nothing; empty when it names none."""
    try:
        asked = json.loads(text)
    except ValueError:
        return ""
    return str(asked.get("run", ""))[:64] if isinstance(asked, dict) else ""


def task(event: Mapping[str, Any]) -> tuple[Start, int]:
    """What `Start.task` told one tester: the run and the client's number."""
    return Start(**{key: event[key] for key in (*_KEYS, "start_at")}), int(event["client"])


def _number(asked: Mapping[str, Any], key: str, default: float, least: float, most: float) -> float:
    value = asked.get(key, default)
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not least <= value <= most:
        raise BadMessage(f"{key} is {value!r}; {least:g} to {most:g} is allowed here")
    return float(value)
