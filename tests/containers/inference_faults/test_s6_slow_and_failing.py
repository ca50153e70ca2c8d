"""Row S6: the model is too slow, raises, leaks or dies. With a limit of 1.5 s instead of 60 s (those are in test_true_times.py)."""

from __future__ import annotations

import json
import signal
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import pytest

from slipway.containers.launch import Running
from tests.containers.inference_faults.client import Answer, ask, error_of, post
from tests.containers.inference_faults.container import log, serving, workers
from tests.containers.inference_faults.load import Load, Pings
from tests.containers.inference_faults.processes import memory, wait_for
from tests.containers.inference_faults.report import Report

LIMIT = 1.5
MEGABYTE = 1024 * 1024
TOO_LONG: dict[str, list[float]] = {"sleep": [2, 2, 3, 4, 30], "hold": [4, 4, 5, 6, 30]}
"""Seconds by the way of waiting. `hold` keeps Python's lock, as native code may: the worker's own event loop cannot help itself."""
POISON: dict[str, dict[str, object]] = {
    "exit 0": {"exit": 0},
    "exit 3": {"exit": 3},
    "segmentation fault": {"signal": signal.SIGSEGV},
    "abort": {"signal": signal.SIGABRT},
    "out of memory": {"signal": signal.SIGKILL},
}


@pytest.fixture(scope="module")
def limited(scripted: Path) -> Iterator[Running]:
    """A container whose requests may take LIMIT seconds, shared by all cases: none may harm it for the next."""
    with serving(scripted, SAGEMAKER_MODEL_SERVER_WORKERS=2, SAGEMAKER_MODEL_SERVER_TIMEOUT=LIMIT) as container:
        yield container


def together(container: Running, questions: list[dict[str, object]]) -> list[Answer]:
    with ThreadPoolExecutor(len(questions)) as pool:
        return list(pool.map(lambda question: ask(container.port, question), questions))


def serves_again(container: Running, before: set[int], seconds: float = 2.0) -> float:
    """Two workers that are not in `before` answer within that time; how long it took."""
    began = time.monotonic()
    found: set[int] = set()
    while len(found) < 2:
        found |= workers(container, 2, seconds) - before
        assert time.monotonic() - began < seconds, f"{found} of two new workers after {seconds} s\n{log(container)[-1500:]}"
    return time.monotonic() - began


def test_below_the_limit_is_served(limited: Running) -> None:
    before = workers(limited, 2)
    for _ in range(3):
        answers = together(limited, [{"sleep": LIMIT * 0.6}, {"sleep": LIMIT * 0.8}])
        assert [a.status for a in answers] == [200, 200]
    assert workers(limited, 2) == before


def above_the_limit(scripted: Path, way: str, seconds: list[float]) -> tuple[float, float]:
    """Both workers at once, once for each of `seconds`: the slowest error, and the slowest way back to two workers."""
    detect, recover = [], []
    with serving(scripted, SAGEMAKER_MODEL_SERVER_WORKERS=2, SAGEMAKER_MODEL_SERVER_TIMEOUT=LIMIT) as container:
        for long in seconds:
            before = workers(container, 2)
            with Pings(container.port) as pings:
                answers = together(container, [{way: long}, {way: long}])
                detect += [answer.seconds for answer in answers]
                recover.append(serves_again(container, before))
            assert all(a.status in {503, 504} and not error_of(a) for a in answers), answers
            assert not pings.refused() and pings.slowest < 2
    return max(detect), max(recover)


def poisoned(scripted: Path, poison: dict[str, object]) -> tuple[float, float]:
    """Five times a request that ends each worker it reaches: the slowest error, and the slowest way back to two workers."""
    detect, recover = [], []
    with serving(scripted, SAGEMAKER_MODEL_SERVER_WORKERS=2) as container:
        for _ in range(5):
            with Pings(container.port, 0.05) as pings:
                answer = ask(container.port, poison)
                recover.append(serves_again(container, set()))
            detect.append(answer.seconds)
            assert answer.status in {500, 502, 503} and not error_of(answer), answer
            assert pings.slowest < 2 and container.alive()
    return max(detect), max(recover)


@pytest.fixture(scope="module")
def under_way(scripted: Path) -> Iterator[dict[str, Future[tuple[float, float]]]]:
    """The cases that mostly wait, each with a container of its own, side by side."""
    with ThreadPoolExecutor(4) as pool:
        jobs = {name: pool.submit(above_the_limit, scripted, name, seconds) for name, seconds in TOO_LONG.items()}
        yield jobs | {name: pool.submit(poisoned, scripted, poison) for name, poison in POISON.items()}


@pytest.mark.parametrize("way", TOO_LONG)
def test_above_the_limit_the_worker_is_recycled(way: str, under_way: dict[str, Future[tuple[float, float]]], report: Report) -> None:
    detect, recover = under_way[way].result()
    report.add("S6", f"model above its limit of {LIMIT} s ({way})", repetitions=len(TOO_LONG[way]), detect=detect, recover=recover)
    assert detect < LIMIT + 1


@pytest.mark.parametrize("name", POISON)
def test_a_poison_request_does_not_take_the_container_down(
    name: str, under_way: dict[str, Future[tuple[float, float]]], report: Report
) -> None:
    """It kills each worker it reaches, at most two; it gets an error, and the workers come back."""
    detect, recover = under_way[name].result()
    report.add("S6", f"request that ends its worker: {name}", repetitions=5, detect=detect, recover=recover)


@pytest.mark.parametrize(
    "kind",
    [
        "RuntimeError",
        "ValueError",
        "KeyError",
        "MemoryError",
        "RecursionError",
        "SystemExit",
        "KeyboardInterrupt",
        "GeneratorExit",
        "StopIteration",
    ],
)
def test_a_raising_model_is_a_500_and_nothing_more(limited: Running, kind: str) -> None:
    """Of its own process it lacks nothing: only MemoryError says that another time may be better, which is what 503 means."""
    before = workers(limited, 2)
    for answer in together(limited, [{"raise": kind}] * 10):
        assert answer.status == (503 if kind == "MemoryError" else 500) and not error_of(answer), answer
        assert b"secret" not in answer.body
    assert workers(limited, 2) == before, "workers must survive an exception"
    assert kind in log(limited), "the cause belongs in the log"


def test_repeated_poison_among_good_traffic(limited: Running, report: Report) -> None:
    """Poison every half second for some seconds: the container stays, /ping stays, and good traffic goes on as soon as it stops."""
    began = time.monotonic()
    with Pings(limited.port) as pings, Load(limited.port, 30, lambda n: post(json.dumps({"sleep": 0.01, "echo": n}).encode())) as load:
        for _ in range(6):
            assert ask(limited.port, {"exit": 1}).status in {500, 502, 503, 504}
            time.sleep(0.5)
        stopped = time.monotonic()
        time.sleep(2.5)
    late = [a for sent, a in load.answers if sent > stopped + 2]
    served = load.statuses()[200] / len(load.answers)
    report.add(
        "S6", "poison every 0.5 s among good traffic", repetitions=6, recover=stopped - began, served_share=served, ping_max=pings.slowest
    )
    assert limited.alive()
    assert late and all(a.status == 200 for a in late), "still failing 2 s after the last poison"
    assert all(a.status in {200, 500, 502, 503, 504} for _, a in load.answers), load.statuses()
    assert pings.slowest < 2


def test_ping_does_not_wait_for_busy_workers(limited: Running, report: Report) -> None:
    with ThreadPoolExecutor(30) as pool, Pings(limited.port, 0.05) as pings:
        asked = [pool.submit(ask, limited.port, {"sleep": 0.3}) for _ in range(30)]
        answers = [job.result() for job in asked]
    report.add("S6", "/ping while all workers are busy", repetitions=len(pings.answers), detect=pings.slowest)
    assert not pings.refused() and pings.slowest < 1
    assert {a.status for a in answers} <= {200, 503, 504}


def test_a_leaking_model_is_recycled_without_loss(scripted: Path, report: Report) -> None:
    """4 MB a request for 200 requests: with the limit of 20 requests a worker never holds more than 80 MB."""
    with serving(scripted, SAGEMAKER_MODEL_SERVER_WORKERS=2, SLIPWAY_MAX_REQUESTS=20) as container:
        before, pids, most = memory(container.pid), set(), 0
        with Load(container.port, 50, lambda n: post(json.dumps({"leak": 4 * MEGABYTE, "echo": n}).encode())) as load:
            wait_for(lambda: len(load.answers) >= 200, 15)
            most = memory(container.pid)
        pids = {a.json["pid"] for _, a in load.answers if a.status == 200}
        report.add(
            "S6",
            "leak of 4 MB a request, 20 requests a worker",
            repetitions=len(load.answers),
            memory_mb=(most - before) / MEGABYTE,
            processes=len(pids),
            failed=len(load.failed()),
        )
        assert not load.failed(), load.failed()[:5]
        assert len(pids) >= len(load.answers) // 20 - 2
        assert most - before < 4 * 80 * MEGABYTE
