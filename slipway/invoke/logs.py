"""Log events of an endpoint's containers, from CloudWatch Logs."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any

from slipway.artifacts.account import Account, error_code, explain
from slipway.errors import InputError, SlipwayError
from slipway.invoke.endpoint import Endpoint

_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
_OVERLAP_MS = 60_000
"""A followed log is read again from a minute back: events arrive late and out of order."""


@dataclass(frozen=True)
class LogEvent:
    """One line of one container. `time` in seconds since 1970."""

    time: float
    stream: str
    message: str
    id: str = ""

    @property
    def fields(self) -> dict[str, Any]:
        """The line's members when it is a JSON object, else nothing."""
        if not self.message.startswith("{"):
            return {}
        try:
            found = json.loads(self.message)
        except ValueError:
            return {}
        return found if isinstance(found, dict) else {}

    @property
    def columns(self) -> tuple[str, str, str]:
        """Time (UTC), variant and instance, and what the line says; an access line without its JSON."""
        when = datetime.fromtimestamp(self.time, timezone.utc).strftime("%Y-%m-%d %H:%M:%S.%f")[:-3]
        return when, self.stream, _readable(self.fields, self.message)

    def as_dict(self) -> dict[str, Any]:
        """The event for `--json`; a JSON line is shown as its members."""
        return {"time": self.time, "stream": self.stream, "message": self.fields or self.message}


def _readable(fields: dict[str, Any], message: str) -> str:
    if fields.get("event") == "request":
        latency = fields.get("latency_ms")
        parts = [f"{fields.get('status', '?'):>3}", f"{latency:9.2f} ms" if isinstance(latency, int | float) else " " * 12]
        return " ".join([*parts, f"{fields.get('path', '')!s:<13}", str(fields.get("request_id", ""))]).rstrip()
    if not fields:
        return message.rstrip()
    level = str(fields.get("level", "")).upper()
    said = fields.get("message") or fields.get("event") or ""
    shown = ("time", "level", "message", "event")
    more = " ".join(f"{name}={value}" for name, value in fields.items() if name not in shown or (name == "event" and value != said))
    return " ".join(part for part in (level, str(said), more) if part)


def since_seconds(text: str) -> float:
    """Seconds of `30s`, `10m`, `2h` or `1d`. InputError for anything else."""
    match = re.fullmatch(r"(\d{1,6})([smhd])", text.strip())
    if match is None:
        raise InputError(f"--since {text}: not a time span", fix="write a number and s, m, h or d, such as 10m")
    return int(match[1]) * float(_UNITS[match[2]])


def read_logs(account: Account, endpoint: Endpoint, since: float, *, variant: str = "", pattern: str = "") -> Iterator[LogEvent]:
    """The events of the last `since` seconds, oldest first. `pattern` is a filter pattern of CloudWatch Logs.

    SlipwayError when the endpoint has written no log yet.
    """
    yield from sorted(_events(account, endpoint, int((time.time() - since) * 1000), variant, pattern), key=lambda event: event.time)


def follow_logs(
    account: Account, endpoint: Endpoint, since: float, *, variant: str = "", pattern: str = "", pause: float = 1.0
) -> Iterator[LogEvent]:
    """Like `read_logs`, and goes on for ever with what is new. A log group that does not exist yet is waited for."""
    start, seen = int((time.time() - since) * 1000), dict[str, float]()
    while True:
        for event in sorted(_events(account, endpoint, start, variant, pattern, missing_ok=True), key=lambda event: event.time):
            if event.id not in seen:
                seen[event.id] = event.time
                yield event
        start = max(start, int(time.time() * 1000) - _OVERLAP_MS)
        seen = {name: when for name, when in seen.items() if when * 1000 >= start}
        time.sleep(pause)


def _events(
    account: Account, endpoint: Endpoint, start: int, variant: str, pattern: str, *, missing_ok: bool = False
) -> Iterator[LogEvent]:
    from botocore.exceptions import ClientError

    options: dict[str, Any] = {"logGroupName": endpoint.log_group, "startTime": start}
    options |= {"logStreamNamePrefix": f"{variant}/"} if variant else {}
    options |= {"filterPattern": pattern} if pattern else {}
    try:
        for page in account.client("logs").get_paginator("filter_log_events").paginate(**options):
            # The local AWS does not look at logStreamNamePrefix.
            for event in (event for event in page["events"] if not variant or event["logStreamName"].startswith(f"{variant}/")):
                yield LogEvent(event["timestamp"] / 1000, event["logStreamName"], event["message"], event["eventId"])
    except ClientError as error:
        if error_code(error) != "ResourceNotFoundException":
            raise explain(error, f"cannot read {endpoint.log_group}", account) from None
        if not missing_ok:
            fix = "its containers have not started yet; `--follow` waits for the first line"
            raise SlipwayError(f"endpoint {endpoint.name} has written no log: {endpoint.log_group} does not exist", fix=fix) from None
