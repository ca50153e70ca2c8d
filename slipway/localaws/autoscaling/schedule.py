"""When a scheduled action is due: at(), rate() and cron() with a time zone.

Dates of at() and cron() are those of the real clock; a rate() passes at the speed of `slipway.localaws.clock`.
"""

from __future__ import annotations

import re
from datetime import datetime, timezone, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from slipway.localaws.clock import real_seconds

_AT = re.compile(r"at\((\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d)?)\)")
_RATE = re.compile(r"rate\((\d+) (minute|hour|day)s?\)")
_CRON = re.compile(r"cron\((\S+) (\S+) (\S+) (\S+) (\S+)(?: (\S+))?\)")
_SECONDS = {"minute": 60, "hour": 3600, "day": 86_400}
_MONTHS = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"]
_DAYS = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"]
_CRON_MINUTE = 60.0


class ScheduleError(Exception):
    """A schedule that AWS would refuse."""


def check(schedule: str, zone: str | None) -> None:
    """Raise ScheduleError unless the schedule and its time zone can be read."""
    due(schedule, zone, 0.0, 0.0, 1.0)


def due(schedule: str, zone: str | None, since: float, after: float, now: float) -> bool:
    """Whether the schedule has a time after `after` and not after `now`, all in seconds since 1970; a rate counts from `since`.

    Raises ScheduleError.
    """
    where = _zone(zone)
    if match := _AT.fullmatch(schedule):
        moment = datetime.fromisoformat(match.group(1)).replace(tzinfo=where).timestamp()
        return after < moment <= now
    if match := _RATE.fullmatch(schedule):
        step = real_seconds(int(match.group(1)) * _SECONDS[match.group(2)])
        if step <= 0:
            raise ScheduleError(f"{schedule}: the rate must be positive")
        return (now - since) // step > max(0.0, after - since) // step
    if match := _CRON.fullmatch(schedule):
        fields = [field or "*" for field in match.groups()]
        start = after - after % _CRON_MINUTE + _CRON_MINUTE
        # After a long sleep only the last day is looked at: one run is enough, whatever was missed.
        start = max(start, now - now % _CRON_MINUTE - 86_400)
        while start <= now:
            if _matches(fields, datetime.fromtimestamp(start, where)):
                return True
            start += _CRON_MINUTE
        _matches(fields, datetime.fromtimestamp(0, where))
        return False
    raise ScheduleError(f"Invalid schedule expression. Details: {schedule}")


def _zone(name: str | None) -> tzinfo:
    if not name:
        return timezone.utc
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        raise ScheduleError(f"Invalid timezone {name}") from None


def _matches(fields: list[str], moment: datetime) -> bool:
    minute, hour, day, month, weekday, year = fields
    checks = [
        (minute, moment.minute, 0, 59, []),
        (hour, moment.hour, 0, 23, []),
        (month, moment.month, 1, 12, _MONTHS),
        (year, moment.year, 1970, 2199, []),
        (day, moment.day, 1, 31, []),
        (weekday, (moment.weekday() + 1) % 7 + 1, 1, 7, _DAYS),
    ]
    return all([value in _values(text, low, high, names) for text, value, low, high, names in checks])


def _values(text: str, low: int, high: int, names: list[str]) -> set[int]:
    """The numbers that one field of a cron expression stands for."""
    found: set[int] = set()
    for part in text.upper().split(","):
        span, _, step = part.partition("/")
        if span in ("*", "?"):
            first, last = low, high
        else:
            start, _, stop = span.partition("-")
            first = _number(start, low, names)
            last = _number(stop, low, names) if stop else (high if step else first)
        if not (low <= first <= high and low <= last <= high and (not step or (step.isdigit() and int(step) > 0))):
            raise ScheduleError(f"Invalid schedule expression: field {text}")
        found.update(range(first, last + 1, int(step or 1)))
    return found


def _number(text: str, low: int, names: list[str]) -> int:
    if text in names:
        return names.index(text) + (low if low == 1 else 0)
    if not text.isdigit():
        raise ScheduleError(f"Invalid schedule expression: {text}")
    return int(text)
