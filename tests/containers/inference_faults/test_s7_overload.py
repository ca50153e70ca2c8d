"""Row S7: more load than the model can serve. SLIPWAY_FAULT_SECONDS=60 gives the table's full length."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from slipway.containers.launch import Running
from tests.containers.inference_faults.client import Answer, ask, error_of, post
from tests.containers.inference_faults.container import serving
from tests.containers.inference_faults.load import Load, Pings, percentile
from tests.containers.inference_faults.processes import memory, wait_for
from tests.containers.inference_faults.report import Report

SECONDS = float(os.environ.get("SLIPWAY_FAULT_SECONDS", "4"))
PREDICT_SECONDS = 0.04
CAPACITY = 2 / PREDICT_SECONDS
QUEUE = 20
MEGABYTE = 1024 * 1024


@pytest.fixture(scope="module")
def narrow(scripted: Path) -> Iterator[Running]:
    with serving(scripted, SAGEMAKER_MODEL_SERVER_WORKERS=2, SLIPWAY_QUEUE_SIZE=QUEUE) as container:
        yield container


def question(number: int) -> bytes:
    return post(json.dumps({"sleep": PREDICT_SECONDS, "echo": number}).encode())


def sound(number: int, answer: Answer) -> str:
    """A right answer, or a 503 that says when to come again."""
    if answer.status == 200:
        return "" if answer.json["echo"] == number else f"the answer of {answer.json['echo']}"
    if answer.status == 503:
        return error_of(answer) or ("" if answer.headers.get("retry-after", "").isdigit() else "503 without Retry-After")
    return f"{answer.status} {answer.error or answer.body[:120]!r}"


@pytest.mark.parametrize("times", [1, 2, 5, 10])
def test_overload_is_shed_and_forgotten(narrow: Running, times: int, report: Report) -> None:
    """`times` the capacity (0.7 of it is the control): a bounded queue, 503 beyond it, useful work goes on, calm right after."""
    rate = CAPACITY * (0.7 if times == 1 else times)
    before = memory(narrow.pid)
    with Pings(narrow.port) as pings:
        with Load(narrow.port, rate, question, sound) as load:
            time.sleep(SECONDS)
            most = memory(narrow.pid)
        calm = wait_for(lambda: (a := ask(narrow.port, {"echo": 0})).status == 200 and a.seconds < 0.1, 10)
    began = load.answers[0][0]
    served = sum(a.status == 200 and sent + a.seconds - began < SECONDS for sent, a in load.answers) / SECONDS
    ping99 = percentile([a.seconds for _, a in pings.answers], 0.99)
    report.add(
        "S7",
        f"{times}x capacity for {SECONDS:g} s",
        recover=calm,
        served_per_s=served,
        share_503=load.statuses()[503] / len(load.answers),
        slowest=load.seconds(1),
        ping_p99=ping99,
        memory_mb=(most - before) / MEGABYTE,
    )
    assert not load.wrong, f"{len(load.wrong)} of {len(load.answers)}: {load.wrong[:5]}"
    assert calm is not None and calm <= 5
    assert ping99 < 1 and not pings.refused()
    assert most - before < 64 * MEGABYTE
    assert narrow.alive()
    if times == 1:
        assert load.statuses()[503] == 0
    else:
        assert served > 0.7 * CAPACITY, "overload must not eat the capacity"
        assert load.statuses()[503] > 0
        assert load.seconds(1) < 5 * (QUEUE + 2) * PREDICT_SECONDS, "the queue is not bounded"
