"""When a rule or a schedule is due: EventBridge's rate(), cron() and at().

From the moment an expression was written (its `anchor`), its time passes at the speed of `slipway.localaws.clock`: at speed 60 a
`cron(* * * * ? *)` is due once a second, and an `at()` ten minutes ahead after ten seconds.
"""

from __future__ import annotations

import re

from slipway.localaws.autoscaling.schedule import ScheduleError
from slipway.localaws.autoscaling.schedule import due as due_by_the_clock
from slipway.localaws.clock import speed

_RATE = re.compile(r"rate\((\d+) (minute|minutes|hour|hours|day|days)\)")
_CRON = re.compile(r"cron\((.*)\)")
_CRON_FIELDS = 6
_DAY_OF_MONTH, _DAY_OF_WEEK = 2, 4


def check(expression: str, zone: str | None = None, *, at: bool = False) -> None:
    """Raise ScheduleError unless AWS would take the expression; `at`: at() is allowed (schedules, not rules)."""
    if match := _RATE.fullmatch(expression):
        value, unit = int(match.group(1)), match.group(2)
        if value < 1 or (value == 1) == unit.endswith("s"):
            raise ScheduleError(f"{expression}: a positive number, and its unit singular for 1, plural above")
    elif match := _CRON.fullmatch(expression):
        fields = match.group(1).split()
        if len(fields) != _CRON_FIELDS or [fields[_DAY_OF_MONTH], fields[_DAY_OF_WEEK]].count("?") != 1:
            raise ScheduleError(f"{expression}: six fields, and a ? in exactly one of day-of-month and day-of-week")
    elif not (at and expression.startswith("at(")):
        raise ScheduleError(f"{expression}: not one of rate(), cron(){' and at()' if at else ''}")
    due_by_the_clock(expression, zone, 0.0, 0.0, 1.0)


def aws_time(anchor: float, now: float) -> float:
    """What AWS's clock would show `now`, for something written at `anchor`; all in seconds since 1970."""
    return anchor + (now - anchor) * speed()


def due(expression: str, zone: str | None, anchor: float, after: float, now: float) -> bool:
    """Whether the expression has a time after `after` and not after `now`: real seconds since 1970. Raises ScheduleError."""
    if expression.startswith("rate("):
        return due_by_the_clock(expression, zone, anchor, after, now)
    return due_by_the_clock(expression, zone, anchor, aws_time(anchor, after), aws_time(anchor, now))
