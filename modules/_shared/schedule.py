"""Application Auto Scaling's schedule expressions, time zones and times, checked before AWS would refuse them."""

from __future__ import annotations

import re
import zoneinfo
from datetime import datetime
from functools import cache

_AT = re.compile(r"at\((\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2})\)")
_RATE = re.compile(r"rate\((\d+) (minute|minutes|hour|hours|day|days)\)")
_CRON = re.compile(r"cron\((.*)\)")
_MONTH_NAMES = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
_DAY_NAMES = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")
_MONTHS = {name: index for index, name in enumerate(_MONTH_NAMES, 1)}
_DAYS = {name: index for index, name in enumerate(_DAY_NAMES, 1)}
_FIELDS: tuple[tuple[str, int, int, dict[str, int]], ...] = (
    ("minutes", 0, 59, {}),
    ("hours", 0, 23, {}),
    ("day-of-month", 1, 31, {}),
    ("month", 1, 12, _MONTHS),
    ("day-of-week", 1, 7, _DAYS),
    ("year", 1970, 2199, {}),
)
_DAY_OF_MONTH, _DAY_OF_WEEK = 2, 4


def check_schedule(schedule: str) -> str:
    """The expression itself; ValueError says which part AWS would refuse."""
    if match := _AT.fullmatch(schedule):
        _parse_time(match[1], "%Y-%m-%dT%H:%M:%S", schedule)
    elif match := _RATE.fullmatch(schedule):
        _check_rate(int(match[1]), match[2])
    elif match := _CRON.fullmatch(schedule):
        _check_cron(match[1])
    else:
        raise ValueError(
            f"{schedule!r} is none of at(yyyy-mm-ddThh:mm:ss), rate(5 minutes), cron(minutes hours day-of-month month day-of-week year)"
        )
    return schedule


def check_timezone(name: str) -> str:
    """The name itself; ValueError when the IANA time zone database does not know it."""
    known = _time_zones()
    if known and name not in known:
        raise ValueError(f"{name!r} is not an IANA time zone such as Europe/Berlin or UTC")
    return name


@cache
def _time_zones() -> frozenset[str]:
    """What the database has; looking through it takes 10 ms, and a configuration names several zones."""
    return frozenset(zoneinfo.available_timezones())


def parse_utc(text: str) -> datetime:
    """A time such as 2026-01-31T08:00:00Z; ValueError otherwise."""
    return _parse_time(text, "%Y-%m-%dT%H:%M:%SZ", text)


def _parse_time(text: str, form: str, shown: str) -> datetime:
    try:
        return datetime.strptime(text, form)
    except ValueError:
        raise ValueError(f"{shown!r} is not a valid time; write it like {datetime(2026, 1, 31, 8).strftime(form)}") from None


def _check_rate(value: int, unit: str) -> None:
    if value < 1:
        raise ValueError("rate() needs a number above 0")
    if (value == 1) == unit.endswith("s"):
        raise ValueError(f"rate({value} {unit}): write {'the singular' if value == 1 else 'the plural'} of the unit after {value}")


def _check_cron(expression: str) -> None:
    parts = expression.split()
    if len(parts) != len(_FIELDS):
        raise ValueError(f"cron() has six fields (minutes hours day-of-month month day-of-week year), not {len(parts)}")
    if (parts[_DAY_OF_MONTH] == "?") == (parts[_DAY_OF_WEEK] == "?"):
        raise ValueError("cron(): exactly one of day-of-month and day-of-week must be ?")
    for position, (part, (name, low, high, names)) in enumerate(zip(parts, _FIELDS, strict=True)):
        for item in part.split(","):
            if not _valid_item(item.upper(), position, low, high, names):
                raise ValueError(f"cron(): {item!r} is not valid for {name} ({low}-{high})")


def _valid_item(item: str, position: int, low: int, high: int, names: dict[str, int]) -> bool:
    if item == "?":
        return position in (_DAY_OF_MONTH, _DAY_OF_WEEK)
    if position == _DAY_OF_MONTH and (item in ("L", "LW") or re.fullmatch(r"([1-9]|[12]\d|3[01])W", item)):
        return True
    if position == _DAY_OF_WEEK and (item == "L" or re.fullmatch(rf"([1-7]|{'|'.join(_DAY_NAMES)})(L|#[1-5])", item)):
        return True
    base, _, step = item.partition("/")
    if "/" in item and not (step.isdigit() and 1 <= int(step) <= high):
        return False
    if base == "*":
        return True
    bounds = [_number(end, names) for end in base.split("-", 1)]
    return all(low <= end <= high for end in bounds) and bounds == sorted(bounds)


def _number(text: str, names: dict[str, int]) -> int:
    if text.isdigit():
        return int(text)
    return names.get(text, -1)
