"""Clauses about the end of a container: one SIGTERM, watched from all sides."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from slipway.contract import wire
from slipway.contract.cases import Case
from slipway.contract.clause import INFERENCE_CODE, NO_CASE, Outcome, clause, failed, not_applicable, passed
from slipway.contract.processes import ended, parent, processes_of, unreaped, wait_for_exit
from slipway.contract.subject import Subject

if TYPE_CHECKING:
    from slipway.containers.running import Running

_SETTLE, _POLL = 0.4, 0.02
_IN_FLIGHT = 4


@dataclass
class Stop:
    """What happened around one SIGTERM. `exit_code` None: it was still there after the time and has been killed."""

    in_flight: list[str | None] = field(default_factory=list)
    kind: str = ""
    accepted: str = ""
    exit_code: int | None = None
    seconds: float = 0.0
    left: list[str] = field(default_factory=list)


def _stop(subject: Subject) -> Stop:
    """Start a container, put requests in flight, send SIGTERM, try a new request, wait for the end, look at what is left."""
    subject.container()
    subject.discard()
    found, root = Stop(), subject.new_root()
    with subject.fresh(root=root) as running:
        flights = _flights(subject, running.port, found)
        time.sleep(_SETTLE)
        with nullcontext() if subject.in_engine else unreaped(running.pid):
            begin = time.monotonic()
            ending = _terminate(subject, running)
            time.sleep(_SETTLE)
            if not ending():
                found.accepted = _new_request(subject, running.port)
            for flight in flights:
                flight.finish.set()
            while not ending() and time.monotonic() - begin < subject.settings.stop:
                time.sleep(_POLL)
            found.seconds, in_time = time.monotonic() - begin, ending()
            if in_time and not subject.in_engine:
                time.sleep(_SETTLE)
                found.left = processes_of(root, {parent(running.pid)})
        if in_time:
            found.exit_code = wait_for_exit(running, time.monotonic() + 5)
        for flight in flights:
            flight.join(subject.settings.stop + 5 if in_time else 0)
        found.in_flight = [flight.problem for flight in flights]
    return found


def _terminate(subject: Subject, running: Running) -> Callable[[], bool]:
    """Send SIGTERM to the container's main process; the result says whether that has ended."""
    pid = running.pid
    subject.send_sigterm(running, subject.settings.stop)
    return (lambda: not running.alive()) if subject.in_engine else (lambda: ended(pid))


class _Flight(threading.Thread):
    """One request in flight: its body is half sent, or the model is at it, until `finish` is set."""

    def __init__(self, case: Case, port: int, timeout: float) -> None:
        super().__init__(daemon=True)
        self._case, self._port, self._timeout = case, port, timeout
        self.finish = threading.Event()
        self.problem: str | None = "no answer"

    def run(self) -> None:
        body, half = self._case.body, len(self._case.body) // 2
        try:
            with wire.Upload(self._port, self._case.path, self._case.all_headers(), len(body), timeout=self._timeout) as upload:
                upload.send(body if self._case.takes else body[:half])
                if not self._case.takes:
                    self.finish.wait(self._timeout)
                    upload.send(body[half:])
                answer = upload.answer()
            self.problem = self._case.check(answer.status, answer.headers.get("content-type"), answer.body)
        except (OSError, wire.Dropped) as error:
            self.problem = str(error)


def _flights(subject: Subject, port: int, found: Stop) -> list[_Flight]:
    case = subject.slow or next((case for case in subject.good if len(case.body) > 1), None)
    if case is None:
        return []
    found.kind = f"that take {case.takes:g} s" if case.takes else "whose body was half sent"
    flights = [_Flight(case, port, subject.settings.request + 10) for _ in range(_IN_FLIGHT)]
    for flight in flights:
        flight.start()
    return flights


def _new_request(subject: Subject, port: int) -> str:
    """Empty when a request on a new connection is not served, else what came back."""
    case = subject.good[0] if subject.good else Case("", b"{}")
    try:
        answer = wire.post(port, case.path, case.all_headers(), (case.body,), length=len(case.body), timeout=_SETTLE * 3)
    except wire.Dropped:
        return ""
    return str(answer.status) if answer.status < 400 else ""


def _watched(subject: Subject) -> Stop:
    return subject.memo("stop", lambda: _stop(subject))


@clause(
    "SM-STOP-01",
    "after SIGTERM requests in flight are finished",
    INFERENCE_CODE,
    fix="stop accepting, wait for the requests that run, then exit (nginx: SIGQUIT; gunicorn: graceful_timeout below 30 s)",
)
def _finishes(subject: Subject) -> Outcome:
    found = _watched(subject)
    if not found.in_flight:
        return not_applicable(NO_CASE)
    lost = [problem for problem in found.in_flight if problem]
    text = f"{len(found.in_flight)} requests {found.kind}"
    return failed(f"{len(lost)} of {text} were lost: {lost[0]}") if lost else passed(text)


@clause(
    "SM-STOP-02",
    "after SIGTERM no new request is served",
    INFERENCE_CODE,
    fix="close the listening socket first: what it still takes is lost when SIGKILL comes",
)
def _takes_no_more(subject: Subject) -> Outcome:
    found = _watched(subject)
    if found.exit_code is None:
        return not_applicable("it does not react to SIGTERM (SM-STOP-03)")
    return failed(f"a new request was answered {found.accepted}") if found.accepted else passed("new requests are refused")


@clause(
    "SM-STOP-03",
    "after SIGTERM it exits with code 0 within 30 seconds",
    INFERENCE_CODE,
    fix="handle SIGTERM in the ENTRYPOINT's own process and pass it on to the servers it started",
)
def _exits(subject: Subject) -> Outcome:
    found = _watched(subject)
    if found.exit_code is None:
        return failed(f"still there after {subject.settings.stop:g} s")
    text = f"exit code {found.exit_code} after {found.seconds:.1f} s"
    return passed(text) if found.exit_code == 0 else failed(text)


@clause(
    "SM-STOP-04",
    "after its end no process of it is left",
    INFERENCE_CODE,
    fix="end the processes you started and wait for them",
)
def _leaves_nothing(subject: Subject) -> Outcome:
    if subject.in_engine:
        return not_applicable("the container engine ends every process of a container")
    found = _watched(subject)
    if found.exit_code is None:
        return not_applicable("it does not react to SIGTERM (SM-STOP-03)")
    return failed(f"{len(found.left)} processes: {'; '.join(found.left[:3])}") if found.left else passed("none")


CLAUSES = (_finishes, _takes_no_more, _exits, _leaves_nothing)
