"""Row S1: kill -9 a worker at half load. The table allows the requests in flight to fail; Slipway promises that none does."""

from __future__ import annotations

import json
import random
import time
from collections import Counter
from pathlib import Path

import numpy as np

from slipway.containers.launch import Running
from tests.containers.inference_faults.client import Answer, post
from tests.containers.inference_faults.container import serving, workers
from tests.containers.inference_faults.load import Load, Pings
from tests.containers.inference_faults.models import right_answer, telling
from tests.containers.inference_faults.processes import kill, wait_for
from tests.containers.inference_faults.report import Report

PREDICT_SECONDS = 0.02
RECOVERY_LIMIT = 2.0


def question(number: int) -> bytes:
    return post(json.dumps({"sleep": PREDICT_SECONDS, "echo": number}).encode())


def echoed(number: int, answer: Answer) -> str:
    return "" if answer.status == 200 and answer.json["echo"] == number else f"{answer.status} {answer.error or answer.body[:120]!r}"


def kill_and_watch(load: Load, victim: int, alive: set[int]) -> tuple[float, int]:
    """Kill one worker; seconds until a process that did not exist before answered a request, and how many requests were in flight."""
    seen = len(load.answers)
    in_flight = load.sent - seen
    kill(victim)

    def new() -> set[int]:
        return {a.json["pid"] for _, a in load.answers[seen:] if a.status == 200} - alive

    seconds = wait_for(lambda: bool(new()), 10)
    assert seconds is not None, f"no new worker 10 s after {victim} was killed"
    alive |= new()
    alive.remove(victim)
    return seconds, in_flight


def campaign(container: Running, count: int, kills: int) -> tuple[Load, Pings, list[float], int]:
    """`kills` kills at half of what `count` workers can do, a random time apart. Also: seconds of each recovery, requests in flight at all kills."""
    draw = random.Random(1)
    alive = workers(container, count)
    seconds, exposed = [], 0
    with Pings(container.port) as pings, Load(container.port, 0.5 * count / PREDICT_SECONDS, question, echoed) as load:
        time.sleep(0.3)
        for _ in range(kills):
            took, in_flight = kill_and_watch(load, draw.choice(sorted(alive)), alive)
            seconds.append(took)
            exposed += in_flight
            time.sleep(draw.uniform(0.05, 0.3))
    assert len(workers(container, count, 3)) == count, "not all workers are back"
    return load, pings, seconds, exposed


def test_twenty_kills_at_half_load_lose_nothing(container: Running, report: Report) -> None:
    control, quiet, *_ = campaign(container, 2, 0)
    assert not control.wrong and not quiet.refused()
    load, pings, seconds, _ = campaign(container, 2, 20)
    report.add(
        "S1",
        "kill -9 a worker of two, 50 % load",
        repetitions=20,
        detect=load.seconds(1),
        recover=max(seconds),
        failed=len(load.wrong),
        of=len(load.answers),
        ping_max=pings.slowest,
    )
    assert not load.wrong, f"{len(load.wrong)} of {len(load.answers)} requests failed: {load.wrong[:5]}"
    assert max(seconds) <= RECOVERY_LIMIT
    assert not pings.refused() and pings.slowest <= 2
    assert load.seconds(1) <= 2, "a connection hung"
    assert container.alive()


def test_the_only_worker_loses_at_most_what_it_held(scripted: Path, report: Report) -> None:
    with serving(scripted, SAGEMAKER_MODEL_SERVER_WORKERS=1) as container:
        load, pings, seconds, exposed = campaign(container, 1, 5)
    report.add(
        "S1",
        "kill -9 the only worker, 50 % load",
        repetitions=5,
        detect=load.seconds(1),
        recover=max(seconds),
        failed=len(load.wrong),
        of=len(load.answers),
        ping_max=pings.slowest,
    )
    assert len(load.wrong) <= exposed, f"{len(load.wrong)} failed, {exposed} were in flight: {load.wrong[:5]}"
    assert max(seconds) <= RECOVERY_LIMIT
    assert pings.slowest <= 2


def test_a_kill_in_the_middle_of_batches_loses_nothing(tmp_path: Path, report: Report) -> None:
    """Rows that tell themselves apart, predicted together: the worker with a batch in hand dies, each request gets its own answer."""
    rows = np.random.default_rng(1).integers(0, 100, (500, 4)).astype(float).tolist()
    alive: dict[int, float] = {}
    batches = Counter[int]()

    def request(number: int) -> bytes:
        return post(json.dumps({"instances": [rows[number % 500]]}).encode())

    def check(number: int, answer: Answer) -> str:
        right = right_answer(rows[number % 500])
        if answer.status != 200:
            return f"{answer.status} {answer.error or answer.body[:120]!r}"
        given = answer.json["predictions"]
        alive[given["pid"][0]] = time.monotonic()
        batches[given["together"][0]] += 1
        return "" if abs(given["answer"][0] - right) < 1e-3 else f"{given['answer']} instead of {right}"

    with (
        serving(telling(tmp_path / "model"), SAGEMAKER_MODEL_SERVER_WORKERS=2, SLIPWAY_MAX_WAIT_MS=5) as container,
        Load(container.port, 400, request, check) as load,
    ):
        for _ in range(10):
            time.sleep(0.4)
            kill(max(alive, key=lambda pid: alive[pid]))
        time.sleep(0.5)
    report.add("S1", "kill -9 a worker that batches", repetitions=10, detect=load.seconds(1), failed=len(load.wrong), of=len(load.answers))
    assert not load.wrong, f"{len(load.wrong)} of {len(load.answers)}: {load.wrong[:5]}"
    assert max(batches) > 1, "nothing was batched: the test proved nothing"
