"""Clauses about /ping and about accepting connections."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor

from slipway.contract import wire
from slipway.contract.clause import INFERENCE_CODE, NO_CASE, Outcome, clause, failed, not_applicable, passed
from slipway.contract.first_start import ping
from slipway.contract.subject import Subject
from slipway.errors import SlipwayError

_BUSY_SECONDS = 2.0


@clause(
    "SM-PING-01",
    "GET /ping answers 200 within 2 seconds, every time",
    INFERENCE_CODE,
    fix="answer /ping without asking the model; SageMaker replaces an instance whose /ping fails",
)
def _answers(subject: Subject) -> Outcome:
    begun = subject.first_start()
    if begun.accepts and not begun.ready:
        return failed(begun.problem)
    running, slowest = subject.container(), 0.0
    for number in range(subject.settings.pings):
        started = time.monotonic()
        status = ping(running, subject.settings.ping)
        slowest = max(slowest, time.monotonic() - started)
        if status != 200:
            return failed(f"ping {number + 1} of {subject.settings.pings}: {_said(status, subject.settings.ping)}")
    return passed(f"{subject.settings.pings} times 200, slowest {slowest * 1000:.0f} ms")


@clause(
    "SM-PING-02",
    "GET /ping does not answer 200 before /invocations answers",
    INFERENCE_CODE,
    fix="load the model first; SageMaker sends requests as soon as /ping answers 200",
)
def _is_honest(subject: Subject) -> Outcome:
    subject.container()
    if not subject.good:
        return not_applicable(NO_CASE)
    early = subject.first_start().early
    return failed(f"right after the first 200: {early[0]}") if early else passed(f"{len(subject.good)} requests right after the first 200")


@clause(
    "SM-PING-03",
    "GET /ping answers within 2 seconds while every worker is busy",
    INFERENCE_CODE,
    fix="answer /ping in a process or thread that predictions do not use",
)
def _answers_when_busy(subject: Subject) -> Outcome:
    case = subject.slow or max(subject.good, key=lambda case: len(case.body), default=None)
    if case is None:
        return not_applicable(NO_CASE)
    running, over = subject.container(), threading.Event()
    clients = subject.settings.concurrency

    def keep_busy(_: int) -> None:
        while not over.is_set():
            try:
                subject.send(case, running)
            except SlipwayError:
                return

    slowest, count = 0.0, 0
    with ThreadPoolExecutor(clients) as pool:
        for client in range(clients):
            pool.submit(keep_busy, client)
        try:
            ends = time.monotonic() + max(_BUSY_SECONDS / 2, min(case.takes, _BUSY_SECONDS))
            while time.monotonic() < ends and slowest < subject.settings.ping:
                started = time.monotonic()
                status, count = ping(running, subject.settings.ping), count + 1
                slowest = max(slowest, time.monotonic() - started)
                if status != 200:
                    return failed(f"with {clients} clients: {_said(status, subject.settings.ping)}")
                time.sleep(0.05)
        finally:
            over.set()
    return passed(f"{count} pings with {clients} clients, slowest {slowest * 1000:.0f} ms")


@clause(
    "SM-PING-04",
    "connections are accepted within 250 ms",
    INFERENCE_CODE,
    fix="keep a listening socket with a backlog open, apart from the workers",
)
def _accepts(subject: Subject) -> Outcome:
    running, limit = subject.container(), subject.settings.connect
    slowest = 0.0
    for _ in range(subject.settings.pings):
        try:
            slowest = max(slowest, wire.connect_seconds(running.port))
        except OSError as error:
            return failed(f"a connection was refused: {error.strerror or type(error).__name__}")
    text = f"slowest of {subject.settings.pings} connections: {slowest * 1000:.1f} ms"
    return passed(text) if slowest <= limit else failed(f"{text}, at most {limit * 1000:.0f}")


def _said(status: int, limit: float) -> str:
    return f"GET /ping answered {status}" if status else f"GET /ping did not answer within {limit:g} s"


CLAUSES = (_answers, _is_honest, _answers_when_busy, _accepts)
