"""Start messages: what one may ask for, and what the testers are told."""

from __future__ import annotations

import json

import pytest

from modules.load_test.function.message import BadMessage, Limits, Start, read, run_of, task

LIMITS = Limits(clients=4, interval_in_seconds=0.5, duration_in_seconds=60)


def test_an_empty_message_starts_what_the_options_say() -> None:
    start = read("{}", LIMITS, now=1000.0)
    assert (start.clients, start.interval_in_seconds, start.duration_in_seconds) == (4, 0.5, 60)
    assert start.start_at == 1000.0 + 5.0 + 4 * 0.05 and len(start.run) == 36
    assert read("{}", LIMITS).run != read("{}", LIMITS).run


def test_a_message_may_ask_for_less() -> None:
    text = json.dumps({"run": "r", "clients": 2, "interval_in_seconds": 2, "duration_in_seconds": 10})
    start = read(text, LIMITS, now=0.0)
    assert start == Start("r", 5.1, 2, 2.0, 10.0)
    assert task(json.loads(json.dumps(start.task(1)))) == (start, 1)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("go", "not JSON"),
        ("[]", "a JSON object"),
        ('{"rate": 5}', "a JSON object with clients, duration_in_seconds, interval_in_seconds, run or fewer"),
        ('{"clients": 5}', "clients is 5; 1 to 4 is allowed here"),
        ('{"clients": true}', "clients is True"),
        ('{"interval_in_seconds": 0.1}', "interval_in_seconds is 0.1; 0.5 to 3600 is allowed here"),
        ('{"duration_in_seconds": 61}', "duration_in_seconds is 61; 1 to 60 is allowed here"),
        ('{"duration_in_seconds": "60"}', "duration_in_seconds is '60'"),
    ],
)
def test_a_message_that_starts_nothing(text: str, message: str) -> None:
    with pytest.raises(BadMessage, match=message):
        read(text, LIMITS)


@pytest.mark.parametrize(("text", "run"), [('{"run": "r", "clients": 99}', "r"), ("{}", ""), ("[]", ""), ("go", "")])
def test_a_refused_message_still_names_its_run(text: str, run: str) -> None:
    assert run_of(text) == run


@pytest.mark.parametrize(
    ("clients", "interval", "duration", "planned"),
    [(1, 0.1, 4, [40]), (3, 0.1, 4, [40, 40, 40]), (2, 0.9, 1, [2, 1]), (4, 10, 5, [1, 1, 0, 0]), (1, 1, 1, [1])],
)
def test_how_many_requests_a_client_sends(clients: int, interval: float, duration: float, planned: list[int]) -> None:
    start = Start("r", 1_795_260_440.67, clients, interval, duration)
    assert [start.planned(client) for client in range(clients)] == planned
    assert [start.offset(client) for client in range(clients)] == pytest.approx([interval * client / clients for client in range(clients)])
