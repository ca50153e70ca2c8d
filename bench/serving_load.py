"""Runs the load generator against a server and judges what came back."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bench.load.payloads import Payload, right, v2_body
from bench.load.wire import Plan
from bench.serving_process import NotRunning, Server

ROOT = Path(__file__).resolve().parents[1]
GENERATOR = (sys.executable, "-S", "-E", "-m", "bench.load.generate")


@dataclass(frozen=True)
class Load:
    """What one run of the generator gave. Seconds; `wrong`: answers that are not the model's; `lost`: requests without an answer;
    `refused`: answers with another status than 200, by status.
    """

    per_second: float
    p50: float
    p99: float
    longest: float
    ok: int
    wrong: int
    lost: int
    refused: Mapping[str, int] = field(default_factory=dict)
    cpu_per_request: float = 0.0

    @property
    def failed(self) -> int:
        """Requests without the right answer."""
        return self.wrong + self.lost + sum(self.refused.values())


class Client:
    """Sends one payload to one server. The bytes of each right answer are learned first, one request after the other, and judged by
    value; under load every answer is then compared with them byte by byte, and what differs is judged by value again.
    """

    def __init__(self, server: Server, payload: Payload) -> None:
        self.server, self.payload = server, payload
        stack = server.stack
        if stack.speaks != "http" and payload.content_type != "application/json":
            raise NotRunning("takes JSON only")
        bodies = [v2_body(body) if stack.speaks == "v2" else body for body in payload.bodies]
        self.plan: dict[str, Any] = {
            "port": server.port,
            "path": stack.invocations,
            "headers": {"Content-Type": payload.content_type, "Accept": payload.content_type},
            "exchanges": [(body, "") for body in bodies],
        }
        with server.awake():
            report = _generate({**self.plan, "once": True, "seconds": 10.0})
        learned = dict(report["mismatches"])
        if len(learned) != len(bodies):
            raise NotRunning(f"answers {report['counts']} {report['reasons']}")
        wrong = [index for index, text in learned.items() if not right(payload.answers[index], text, stack.speaks)]
        if wrong:
            raise NotRunning(f"answers wrongly: {learned[wrong[0]][:120]}")
        self.plan["exchanges"] = [(body, learned[index]) for index, body in enumerate(bodies)]

    def load(self, connections: int, seconds: float) -> Load:
        """Closed-loop load with so many clients for so long."""
        with self.server.awake():
            return self.judge(_generate({**self.plan, "connections": connections, "seconds": seconds}))

    @contextmanager
    def loading(self, connections: int, seconds: float) -> Iterator[list[Load]]:
        """The same in the background; the list holds the result after the block."""
        process = _start({**self.plan, "connections": connections, "seconds": seconds})
        result: list[Load] = []
        yield result
        result.append(self.judge(_finish(process)))

    def judge(self, report: Mapping[str, Any]) -> Load:
        """The result, with answers that differ in bytes but not in value counted as right."""
        counts = dict(report["counts"])
        speaks = self.server.stack.speaks
        forgiven = sum(right(self.payload.answers[index], text, speaks) for index, text in report["mismatches"])
        ok, wrong, lost = counts.pop("ok", 0) + forgiven, counts.pop("wrong", 0) - forgiven, counts.pop("lost", 0)
        figures = {key: report[key] for key in ("per_second", "p50", "p99", "longest", "cpu_per_request")}
        return Load(ok=ok, wrong=wrong, lost=lost, refused=counts, **figures)


@contextmanager
def pinging(server: Server, seconds: float) -> Iterator[list[Load]]:
    """A /ping every 50 ms, each on a new connection, in the background; the list holds the result after the block."""
    plan = Plan(server.port, seconds, method="GET", path=server.stack.ping, exchanges=[("", None)], pause=0.05, fresh=True)
    process = _start(vars(plan))
    result: list[Load] = []
    yield result
    report = _finish(process)
    counts = report["counts"]
    figures = {key: report[key] for key in ("per_second", "p50", "p99", "longest", "cpu_per_request")}
    result.append(Load(ok=counts.pop("ok", 0), wrong=counts.pop("wrong", 0), lost=counts.pop("lost", 0), refused=counts, **figures))


def _start(plan: Mapping[str, Any]) -> subprocess.Popen[str]:
    process = subprocess.Popen(GENERATOR, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdin is not None
    process.stdin.write(json.dumps(plan))
    process.stdin.close()
    return process


def _finish(process: subprocess.Popen[str]) -> dict[str, Any]:
    assert process.stdout is not None
    text = process.stdout.read()
    if process.wait() != 0:
        raise SystemExit("the load generator failed, see above")
    report: dict[str, Any] = json.loads(text)
    return report


def _generate(plan: Mapping[str, Any]) -> dict[str, Any]:
    return _finish(_start(plan))
