"""One JSON object per line on standard output. Payloads never get in: not a body, not a row, not an exception's message."""

from __future__ import annotations

import json
import os
import sys
import traceback
from datetime import datetime, timezone
from typing import Any

LEVELS = {"debug": 10, "info": 20, "warning": 30, "error": 40}
_threshold = 20


def set_level(level: str) -> None:
    """Lines below `level` (debug, info, warning, error) are not written from now on."""
    global _threshold
    _threshold = LEVELS[level]


def log(level: str, event: str, **details: Any) -> None:
    """Write one line. One write call: lines of several processes do not mix (up to 4096 bytes on a pipe)."""
    if LEVELS[level] < _threshold:
        return
    now = datetime.now(timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    line = json.dumps({"time": now, "level": level, "event": event, "pid": os.getpid(), **details}, default=str)
    write(line.encode() + b"\n")


def write(lines: bytes) -> None:
    """Write finished lines. A reader that went away is no reason to stop serving."""
    try:
        while lines:
            lines = lines[os.write(sys.__stdout__.fileno() if sys.__stdout__ else 1, lines) :]
    except OSError:
        pass


def log_exception(event: str, error: BaseException, *, message: bool = False, **details: Any) -> None:
    """An error with its type and the places it went through.

    Its message is left out, because libraries quote the payload in it ("could not convert string to float: ..."),
    unless `message` says that no payload was involved (loading a model) or the level is debug.
    """
    places = [f"{os.path.basename(item.filename)}:{item.lineno} {item.name}" for item in traceback.extract_tb(error.__traceback__)[-12:]]  # noqa: PTH119
    if message or _threshold <= LEVELS["debug"]:
        details["message"] = str(error)[:2000]
    log("error", event, error=type(error).__name__, at=places, **details)
