"""A trace file: how many requests came when, to be sent again."""

from __future__ import annotations

import csv
import math
from collections.abc import Iterator
from datetime import datetime, timezone
from itertools import pairwise
from pathlib import Path

from slipway.errors import InputError
from slipway.load.arrivals import MAX_RATE, Schedule, Segment

HEADER = ["time", "count"]
MAX_LINES = 1_000_000


def read_trace(path: Path) -> Schedule:
    """The schedule of a CSV file with lines `time,count`: `count` requests, evenly spread from `time` to the time of the next line.

    `time`: seconds (from any origin) or an ISO 8601 date and time, rising. The last line's span is that of the line before, 1 second when
    it is the only one. A first line `time,count`, empty lines and lines that begin with # are passed over.
    InputError names file, line and rule.
    """
    points = list(_points(path))
    if not points:
        raise InputError(f"{path}: holds no line time,count", fix="write one line for each span, such as 0,120")
    origin = points[0][0]
    spans = [later - earlier for (earlier, _), (later, _) in pairwise(points)]
    spans.append(spans[-1] if spans else 1.0)
    segments = [Segment(time - origin, span, count / span, count / span) for (time, count), span in zip(points, spans, strict=True)]
    schedule = Schedule(tuple(segments))
    if not schedule.requests:
        raise InputError(f"{path}: every count is 0", fix="a trace needs at least one request")
    if schedule.peak > MAX_RATE:
        raise InputError(f"{path}: {schedule.peak:g} requests per second at its peak, at most {MAX_RATE:g} can be sent")
    return schedule


def _points(path: Path) -> Iterator[tuple[float, int]]:
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is no UTF-8 text"
        raise InputError(f"{path} cannot be read: {reason}", fix="name a CSV file with lines time,count") from None
    if len(lines) > MAX_LINES:
        raise InputError(f"{path} has {len(lines)} lines, at most {MAX_LINES} are read", fix="use longer spans")
    before = -math.inf
    for number, line in enumerate(lines, 1):
        fields = next(csv.reader([line]), [])
        if not line.strip() or line.startswith("#") or (number == 1 and [field.strip().lower() for field in fields] == HEADER):
            continue
        if len(fields) != 2:
            raise _bad(path, number, f"has {len(fields)} fields, not 2: {line[:60]!r}")
        time, count = _time(path, number, fields[0].strip()), _count(path, number, fields[1].strip())
        if time <= before:
            raise _bad(path, number, f"its time {fields[0].strip()} is not later than that of the line before")
        before = time
        yield time, count


def _time(path: Path, number: int, text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        try:
            when = datetime.fromisoformat(text.replace("Z", "+00:00"))
        except ValueError:
            raise _bad(path, number, f"{text[:40]!r} is neither seconds nor an ISO 8601 time") from None
        seconds = (when if when.tzinfo else when.replace(tzinfo=timezone.utc)).timestamp()
    if not math.isfinite(seconds):
        raise _bad(path, number, f"{text[:40]!r} is neither seconds nor an ISO 8601 time")
    return seconds


def _count(path: Path, number: int, text: str) -> int:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not (value >= 0 and value.is_integer()):
        raise _bad(path, number, f"{text[:40]!r} is not a count (a whole number from 0)")
    return int(value)


def _bad(path: Path, number: int, text: str) -> InputError:
    return InputError(f"{path}:{number}: {text}", fix="each line is time,count, such as 60,1200")
