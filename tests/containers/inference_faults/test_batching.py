"""Answers under batching: each request gets its own, whatever its neighbours are."""

from __future__ import annotations

import json
import random
import time
from collections import Counter
from pathlib import Path

import pytest

from tests.containers.inference_faults.client import Answer, error_of, post
from tests.containers.inference_faults.container import serving
from tests.containers.inference_faults.load import Load
from tests.containers.inference_faults.models import right_answer, telling
from tests.containers.inference_faults.report import Report

RATE = 600.0
SECONDS = 3.0
BAD_BODIES = [
    b'{"instances": [[1, 2]]}',
    b'{"instances": [[1, 2, 3, NaN]]}',
    b'{"instances": [[1, 2, 3, "x"]]}',
    b"{",
    b'{"instances": [[1e308, 1e308, 1e308, 1e308]]}',
]


class Questions:
    """Requests of one to seven rows that tell themselves apart, every fifth one bad; and what their answers must be."""

    def __init__(self, seed: int) -> None:
        draw = random.Random(seed)
        self.rows = [[[draw.randrange(100) for _ in range(4)] for _ in range(draw.randint(1, 7))] for _ in range(997)]
        self.kinds: Counter[str] = Counter()
        self.batches: Counter[int] = Counter()

    def request(self, number: int) -> bytes:
        if number % 5 == 4:
            return post(BAD_BODIES[number // 5 % len(BAD_BODIES)])
        rows = self.rows[number % 997]
        if number % 3 == 0:
            return post("".join(",".join(map(str, row)) + "\n" for row in rows).encode(), "text/csv", Accept="application/json")
        return post(json.dumps({"instances": rows}).encode())

    def check(self, number: int, answer: Answer) -> str:
        if number % 5 == 4:
            self.kinds["bad"] += 1
            return "" if answer.status in {400, 500} and not error_of(answer) else f"bad body: {answer.status} {answer.body[:120]!r}"
        self.kinds["good"] += 1
        right = [right_answer([float(value) for value in row]) for row in self.rows[number % 997]]
        if answer.status != 200:
            return f"{answer.status} {answer.error or answer.body[:160]!r}"
        given = answer.json["predictions"]
        if isinstance(given, dict):
            self.batches.update(given["together"])
            given = given["answer"]
        same = len(given) == len(right) and all(abs(one - other) < 1e-3 for one, other in zip(given, right, strict=True))
        return "" if same else f"answer of another request? {given} instead of {right}"


@pytest.mark.parametrize("case", ["without code, batched", "without code, one by one", "with a handler, batched"])
def test_answers_are_never_mixed_up(case: str, known: Path, tmp_path: Path, report: Report) -> None:
    """The same traffic with batching and, as the control, without. The handler tells how many rows met in one prediction."""
    model = telling(tmp_path / "model") if "handler" in case else known
    questions = Questions(seed=1)
    batching, wait = ("off", 0) if "one by one" in case else ("auto", 5)
    with (
        serving(model, SAGEMAKER_MODEL_SERVER_WORKERS=2, SLIPWAY_BATCHING=batching, SLIPWAY_MAX_WAIT_MS=wait) as container,
        Load(container.port, RATE, questions.request, questions.check) as load,
    ):
        time.sleep(SECONDS)
    counts = {"wrong": len(load.wrong), "good": questions.kinds["good"], "bad": questions.kinds["bad"]}
    report.add(
        "S5", f"bad rows among good ones, {case}", repetitions=len(load.answers), **counts, most_rows=max(questions.batches, default=0)
    )
    assert not load.wrong, f"{len(load.wrong)} of {len(load.answers)} wrong: {load.wrong[:5]}"
    assert len(load.answers) > RATE * SECONDS * 0.5, "too little traffic to meet batching"
    assert "handler" not in case or max(questions.batches) > 7, "no two requests met: the test proved nothing"
