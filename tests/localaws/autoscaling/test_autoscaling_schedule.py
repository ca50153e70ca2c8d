"""When scheduled actions are due."""

from __future__ import annotations

from datetime import datetime, timezone

import pytest

from slipway.localaws.autoscaling.schedule import ScheduleError, check, due


def at(text: str) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=timezone.utc).timestamp()


@pytest.mark.parametrize(
    ("schedule", "zone", "after", "now", "expected"),
    [
        ("at(2026-03-01T08:00:00)", None, "2026-03-01T07:59", "2026-03-01T08:00", True),
        ("at(2026-03-01T08:00:00)", "Europe/Berlin", "2026-03-01T06:59", "2026-03-01T07:00", True),
        ("at(2026-03-01T08:00:00)", None, "2026-03-01T08:00", "2026-03-01T09:00", False),
        ("rate(5 minutes)", None, "2026-03-01T00:04", "2026-03-01T00:06", True),
        ("rate(5 minutes)", None, "2026-03-01T00:06", "2026-03-01T00:09", False),
        ("cron(0 8 ? * MON-FRI *)", None, "2026-03-02T07:59:30", "2026-03-02T08:00:10", True),
        ("cron(0 8 ? * MON-FRI *)", None, "2026-03-01T07:59:30", "2026-03-01T08:00:10", False),
        ("cron(*/15 * * * ? *)", None, "2026-03-01T07:16", "2026-03-01T07:29", False),
        ("cron(0 9 1 MAR ? 2026)", "America/New_York", "2026-03-01T13:30", "2026-03-01T14:30", True),
    ],
)
def test_schedules(schedule: str, zone: str | None, after: str, now: str, expected: bool) -> None:
    assert due(schedule, zone, at("2026-03-01T00:00"), at(after), at(now)) is expected


@pytest.mark.parametrize("schedule", ["", "every day", "cron(61 * * * ? *)", "cron(0 8)", "rate(0 minutes)", "cron(0 8 ? * FUNDAY *)"])
def test_schedules_that_are_refused(schedule: str) -> None:
    with pytest.raises((ScheduleError, ZeroDivisionError)):
        check(schedule, None)
    with pytest.raises(ScheduleError, match="timezone"):
        check("rate(1 day)", "Mars/Olympus")
