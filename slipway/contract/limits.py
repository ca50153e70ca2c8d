"""Clauses about large and slow request bodies."""

from __future__ import annotations

import time
from contextlib import ExitStack

from slipway.contract import wire
from slipway.contract.cases import Case
from slipway.contract.clause import INVOKE_API, NO_CASE, Outcome, clause, failed, not_applicable, passed
from slipway.contract.first_start import ping
from slipway.contract.settings import MIB
from slipway.contract.subject import Subject
from slipway.errors import SlipwayError

_ENDLESS = 32 * MIB
_STALLED = 32


def _padded(subject: Subject) -> Case | None:
    """A good JSON case: spaces may fill it up to any size."""
    return next((case for case in subject.right if (case.content_type or "").startswith("application/json")), None)


@clause(
    "SM-BODY-01",
    "a body as large as the limit (6 MiB) is accepted",
    INVOKE_API,
    fix="raise the body limit of the web server (nginx: client_max_body_size) to 6 MiB or more",
)
def _accepts_limit(subject: Subject) -> Outcome:
    subject.container()
    limit, case = subject.settings.body_limit, _padded(subject)
    if case is None:
        return not_applicable("no JSON case that must succeed: only JSON can be filled up with spaces")
    try:
        response = subject.send(case, body=case.body.ljust(limit))
    except SlipwayError as error:
        return failed(error.message)
    problem = case.check(response.status, response.headers.get("content-type"), response.body)
    return failed(f"{limit} bytes: {problem}") if problem else passed(f"{limit} bytes, {response.seconds:.2f} s")


@clause(
    "SM-BODY-02",
    "a larger body is answered with 413",
    INVOKE_API,
    severity="recommended",
    fix="refuse by Content-Length before reading the body",
)
def _refuses_above(subject: Subject) -> Outcome:
    running, case = subject.container(), _padded(subject) or (subject.good[0] if subject.good else Case(""))
    size = subject.settings.body_limit + 1
    try:
        body = case.body.ljust(size)
        answer = wire.post(running.port, "/invocations", case.all_headers(), (body,), length=size, timeout=subject.settings.request)
    except wire.Dropped as error:
        return failed(f"{size} bytes: {error}")
    return passed("413") if answer.status == 413 else failed(f"{size} bytes: answered {answer.status}")


@clause(
    "SM-BODY-03",
    "a body of unknown, enormous length does not harm it",
    INVOKE_API,
    fix="count what arrives and stop reading above the limit, also without Content-Length",
)
def _survives_endless(subject: Subject) -> Outcome:
    running, headers = subject.container(), {"Content-Type": "application/json"}
    size = max(_ENDLESS if subject.settings.body_limit >= MIB else 0, 8 * subject.settings.body_limit)
    try:
        said = str(wire.post(running.port, "/invocations", headers, wire.blocks(size), length=None, timeout=30.0).status)
    except wire.Dropped:
        said = "a closed connection"
    time.sleep(0.1)
    if not running.alive():
        return failed(f"{size} bytes in chunks: the container ended with exit code {running.exit_code()}")
    if said.startswith("2"):
        return failed(f"{size} bytes in chunks: answered {said}")
    if ping(running, subject.settings.ping) != 200:
        return failed(f"after {size} bytes in chunks /ping fails")
    problem = subject.first_wrong(running)
    return failed(f"after {size} bytes in chunks: {problem}") if problem else passed(f"{size} bytes in chunks: {said}")


@clause(
    "SM-BODY-04",
    "clients that stop in the middle of a body do not stop the others",
    INVOKE_API,
    severity="recommended",
    fix="read bodies in the web server in front (nginx does), not in the workers",
)
def _survives_stalled(subject: Subject) -> Outcome:
    running = subject.container()
    if not subject.good:
        return not_applicable(NO_CASE)
    case = subject.good[0]
    with ExitStack() as open_uploads:
        for _ in range(_STALLED):
            try:
                upload = wire.Upload(running.port, "/invocations", case.all_headers(), len(case.body) + 10, timeout=5.0)
            except OSError as error:
                return failed(f"a connection was refused: {error.strerror or type(error).__name__}")
            open_uploads.enter_context(upload).send(case.body[: len(case.body) // 2])
        started = time.monotonic()
        status = ping(running, subject.settings.ping)
        problem = "/ping does not answer" if status != 200 else subject.first_wrong(running, timeout=2 * subject.settings.ping)
        seconds = time.monotonic() - started
    if problem is None and seconds > len(subject.good) * subject.settings.ping:
        problem = f"{len(subject.good)} requests took {seconds:.1f} s"
    text = f"{_STALLED} stalled uploads"
    return failed(f"with {text}: {problem}") if problem else passed(f"{text}, others answered in {seconds:.2f} s")


CLAUSES = (_accepts_limit, _refuses_above, _survives_endless, _survives_stalled)
