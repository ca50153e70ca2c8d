"""The search against targets whose highest rate is known."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from slipway.load.find_max import CONFIRMATIONS, PRECISION, Found, Step, find_max, is_busy

REPORT: dict[str, Any] = {"latency_ms": {"p50": 1.0, "p99": 2.0}, "failed_percent": 0.0}


def search(meets: Callable[[float], bool], first: float = 10.0, *, busy: bool = False, **options: Any) -> Found:
    def probe(rate: float, phase: str) -> Step:
        misses = [] if meets(rate) else ["p99 is too long"]
        return Step(rate, phase, REPORT, misses, busy and bool(misses))

    return find_max(probe, first, **options)


@settings(max_examples=200)
@given(st.floats(1, 50_000), st.floats(0.5, 2000))
def test_it_finds_the_limit_from_wherever_it_starts(limit: float, first: float) -> None:
    found = search(lambda rate: rate <= limit, first)
    assert found.limited_by == "objective"
    assert limit * (1 - PRECISION) * 0.99 <= found.rate <= limit
    assert [step.met for step in found.steps[-CONFIRMATIONS:]] == [True] * CONFIRMATIONS
    assert found.best is not None and found.best.rate == found.rate
    assert len(found.steps) < 60


def test_a_single_bad_run_does_not_count() -> None:
    chance = random.Random(5)

    def meets(rate: float) -> bool:
        return rate <= 300 and chance.random() > 0.05

    found = [search(meets).rate for _ in range(50)]
    assert sorted(found)[5] > 300 * 0.85 and max(found) <= 300


def test_phases_in_their_order() -> None:
    found = search(lambda rate: rate <= 50)
    assert [(step.phase, step.rate) for step in found.steps] == [
        *(("first", 10), ("doubling", 20), ("doubling", 40), ("doubling", 80), ("doubling, again", 80)),
        *(("bisection", 60), ("bisection, again", 60), ("bisection", 50), ("bisection", 55), ("bisection, again", 55)),
        *(("bisection", 52.5), ("bisection, again", 52.5), ("confirmation", 50), ("confirmation", 50)),
    ]


def test_nothing_meets_it() -> None:
    found = search(lambda _: False)
    assert (found.rate, found.limited_by, found.best) == (0, "nothing meets it", None)


def test_the_largest_rate_is_not_passed() -> None:
    found = search(lambda _: True, most=100)
    assert (found.rate, found.limited_by) == (100, "largest rate")


def test_a_busy_tester_ends_the_search() -> None:
    found = search(lambda rate: rate <= 100, busy=True)
    assert (found.rate, found.limited_by) == (80, "tester")


def test_an_interruption_ends_the_search() -> None:
    def probe(rate: float, phase: str) -> Step:
        return Step(rate, phase, REPORT, [], interrupted=rate > 30)

    found = find_max(probe, 10)
    assert (found.rate, found.limited_by) == (20, "interrupted")

    def between(rate: float, phase: str) -> Step:
        if rate > 30:
            raise KeyboardInterrupt
        return Step(rate, phase, REPORT, [])

    found = find_max(between, 10)
    assert (found.rate, found.limited_by, len(found.steps)) == (20, "interrupted", 2)


def test_a_rate_that_is_not_confirmed_is_lowered() -> None:
    runs: list[float] = []

    def probe(rate: float, phase: str) -> Step:
        runs.append(rate)
        return Step(rate, phase, REPORT, ["p99"] if rate > 100 or (phase == "confirmation" and rate > 90) else [])

    found = find_max(probe, 10)
    assert found.rate <= 90 and found.limited_by == "objective" and runs[-2:] == [found.rate] * 2


@pytest.mark.parametrize(
    ("cpu", "lag", "waited", "busy"), [(95.0, 0.1, 0, True), (10.0, 30.0, 0, True), (10.0, 30.0, 5, False), (50.0, 2.0, 0, False)]
)
def test_when_the_tester_is_too_slow(cpu: float, lag: float, waited: int, busy: bool) -> None:
    report = {"requests": {"waited_for_connection": waited}, "clients": {"cpu_percent": [5.0, cpu]}, "lag_ms": {"p99": lag}}
    assert is_busy(report) is busy
