"""The schedule: counts, times, shares."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from slipway.errors import InputError
from slipway.load.arrivals import Schedule, Segment, constant, parse_ramp, ramp


def times(schedule: Schedule) -> list[float]:
    return [time for _, time in schedule.due()]


def test_a_constant_rate_is_evenly_spread() -> None:
    assert times(constant(4, 2)) == pytest.approx([0, 0.25, 0.5, 0.75, 1, 1.25, 1.5, 1.75])


def test_a_ramp_sends_what_is_below_its_line() -> None:
    schedule = ramp(0, 20, 10)
    due = times(schedule)
    assert len(due) == schedule.requests == 100
    assert [sum(start <= time < start + 1 for time in due) for start in range(10)] == pytest.approx(
        [2 * second + 1 for second in range(10)], abs=1
    )
    down = times(ramp(20, 0, 10))
    assert len(down) == 100 and down[-1] < 10
    assert sum(time < 5 for time in down) == pytest.approx(75, abs=1)


@given(st.floats(0, 500), st.floats(0.1, 500), st.floats(0.1, 20), st.integers(1, 5), st.booleans())
def test_shares_are_the_whole_and_times_rise(first: float, last: float, seconds: float, of: int, poisson: bool) -> None:
    made = ramp(first, last, seconds)
    schedule = Schedule(made.segments, poisson, seed=3)
    whole = list(schedule.due())
    assert sorted(item for number in range(of) for item in schedule.due(number, of)) == whole
    moments = [time for _, time in whole]
    assert moments == sorted(moments) and all(-1e-9 <= time <= seconds + 1e-9 for time in moments)
    if not poisson:
        assert abs(len(whole) - schedule.requests) <= 1


def test_random_arrivals_have_the_rate_and_the_spread_of_a_poisson_process() -> None:
    schedule = Schedule(constant(1000, 20).segments, poisson=True, seed=11)
    due = times(schedule)
    gaps = [later - earlier for earlier, later in pairwise(due)]
    mean = sum(gaps) / len(gaps)
    spread = (sum((gap - mean) ** 2 for gap in gaps) / len(gaps)) ** 0.5
    assert len(due) == pytest.approx(20_000, rel=0.03)
    assert spread == pytest.approx(mean, rel=0.05)
    assert times(Schedule(schedule.segments, poisson=True, seed=11)) == due
    assert times(Schedule(schedule.segments, poisson=True, seed=12)) != due


def test_segments_follow_one_another() -> None:
    schedule = Schedule((Segment(0, 1, 2, 2), Segment(1, 2, 0, 0), Segment(3, 1, 3, 3)))
    assert times(schedule) == pytest.approx([0, 0.5, 3, 3 + 1 / 3, 3 + 2 / 3])
    assert (schedule.seconds, schedule.requests, schedule.peak) == (4, 5, 3)


def test_a_schedule_can_be_cut_off() -> None:
    assert times(ramp(0, 20, 10).until(5)) == pytest.approx([time for time in times(ramp(0, 20, 10)) if time < 5])
    assert constant(5, 10).until(60).seconds == 10


@pytest.mark.parametrize(("first", "last", "seconds"), [(-1, 5, 1), (0, 0, 1), (5, 1e6, 1), (5, 5, 0), (5, 5, -1), (5, 5, float("inf"))])
def test_what_makes_no_schedule(first: float, last: float, seconds: float) -> None:
    with pytest.raises(InputError):
        ramp(first, last, seconds)


def test_a_ramp_is_two_rates() -> None:
    assert parse_ramp("10:200.5") == (10, 200.5)
    for text in ("10", "10:", "a:b", "1:2:3", "nan:5", "1:inf"):
        with pytest.raises(InputError, match="not two rates"):
            parse_ramp(text)
