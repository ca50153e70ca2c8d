"""The thread behind everything that goes on by itself."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator

import pytest

from slipway.localaws import background
from tests.localaws.runtime.conftest import until


@pytest.fixture
def stopped() -> Iterator[None]:
    """No local AWS runs in this process while the test has the thread."""
    yield
    background.end()


def test_a_job_that_breaks_does_not_end_the_others(stopped: None, monkeypatch: pytest.MonkeyPatch) -> None:
    rounds: list[float] = []

    def broken() -> bool:
        raise ValueError("broken")

    def counting() -> bool:
        rounds.append(time.monotonic())
        return len(rounds) < 3

    monkeypatch.setattr(background, "jobs", lambda: [broken, counting])
    monkeypatch.setattr(background, "TICK_SECONDS", 0.01)
    background.begin()
    until(lambda: len(rounds) >= 3, 5)
    background.end()
    assert not [thread for thread in threading.enumerate() if thread.name == "local-aws-background"]
    background.end()


def test_it_sleeps_while_nothing_is_to_be_watched(stopped: None, monkeypatch: pytest.MonkeyPatch) -> None:
    rounds: list[float] = []
    monkeypatch.setattr(background, "jobs", lambda: [lambda: bool(rounds.append(0.0))])
    monkeypatch.setattr(background, "TICK_SECONDS", 0.01)
    background.begin()
    until(lambda: rounds, 5)
    time.sleep(0.2)
    assert len(rounds) == 1
    background.wake()
    until(lambda: len(rounds) == 2, 5)
