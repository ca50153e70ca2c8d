"""Clauses about requests that must be refused."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Iterator

from slipway.contract.cases import Case
from slipway.contract.clause import HTTP, INFERENCE_CODE, NO_CASE, SECURE_ERRORS, Outcome, clause, failed, not_applicable, passed
from slipway.contract.subject import MARKER, NotRunning, Subject
from slipway.errors import SlipwayError

_DEEP = 2000
_LEAKS = (
    ("a traceback", re.compile(rb"Traceback \(most recent call last\)|^\s*File \".+\", line \d+", re.MULTILINE)),
    ("a path of the container", re.compile(rb"/opt/(ml|program)\b|/site-packages/|/usr/(local/)?lib/python|/tmp/\w|/home/\w|/root/")),
    ("an object's address", re.compile(rb" at 0x[0-9a-f]{6,}")),
)


def malformed(case: Case) -> Iterator[tuple[str, bytes, bool]]:
    """Bodies that are wrong: what, the body, and whether it is certain that it must be refused."""
    is_json = (case.content_type or "").partition(";")[0].strip().lower().endswith("json")
    yield "an empty body", b"", is_json
    yield "half of the body", case.body[: len(case.body) // 2], is_json
    yield "bytes that are no text", b"\xff\xfe\x00\x80" * 8, is_json
    yield "some words", f"this is no input {MARKER}".encode(), is_json
    if is_json:
        yield "deeply nested JSON", b"[" * _DEEP + b"]" * _DEEP, True
        yield "JSON of the wrong shape", json.dumps({MARKER: [None, {"a": []}]}).encode(), True


def mutations(case: Case, count: int, seed: int) -> Iterator[bytes]:
    """Bodies made from a good one by small damage; the same for the same seed."""
    source = random.Random(f"{seed} {case.name}")  # noqa: S311
    for _ in range(count):
        body = bytearray(case.body or b"x")
        for _ in range(source.randint(1, 4)):
            place = source.randrange(len(body))
            kind = source.randrange(4)
            if kind == 0:
                body[place] = source.randrange(256)
            elif kind == 1:
                del body[place : place + source.randint(1, 20)]
            elif kind == 2:
                body[place:place] = source.choice([b"NaN", b"1e999", b"\x00", b'"', b"[[", b"-", b"null", "\u00e9".encode()])
            else:
                body += body[place : place + 50]
            body = body or bytearray(b"x")
        yield bytes(body)


def _one_of_each_type(subject: Subject) -> list[Case]:
    return list({case.content_type: case for case in reversed(subject.good)}.values())


def _send(subject: Subject, case: Case, body: bytes) -> int:
    """The status; 0 when the connection ended without an answer."""
    try:
        return subject.send(case, body=body).status
    except NotRunning:
        raise
    except SlipwayError:
        return 0


@clause(
    "SM-ERROR-01",
    "malformed input is answered with 4xx",
    INFERENCE_CODE,
    fix="catch what reading the input raises and answer 400: a 5xx counts as the model's own failure in alarms",
)
def _malformed_input(subject: Subject) -> Outcome:
    subject.container()
    if not subject.good:
        return not_applicable(NO_CASE)
    count = 0
    for case in _one_of_each_type(subject):
        for what, body, certain in malformed(case):
            status, count = _send(subject, case, body), count + 1
            if status >= 500 or status == 0 or (certain and status < 400):
                return failed(f"{case.content_type}, {what}: answered {status or 'nothing'}")
        for body in mutations(case, 20, subject.settings.seed):
            status, count = _send(subject, case, body), count + 1
            if status >= 500 or status == 0:
                return failed(f"{case.content_type}, a damaged body: answered {status or 'nothing'}")
    return passed(f"{count} malformed bodies")


@clause(
    "SM-ERROR-02",
    "an unknown content type is answered with 415",
    HTTP,
    severity="recommended",
    fix="compare Content-Type with what the model reads before reading the body",
)
def _unknown_content_type(subject: Subject) -> Outcome:
    subject.container()
    if not subject.good:
        return not_applicable(NO_CASE)
    status = subject.send(subject.good[0], headers={"Content-Type": "application/x-slipway-unknown"}).status
    return passed("415") if status == 415 else failed(f"application/x-slipway-unknown: answered {status}")


@clause(
    "SM-ERROR-03",
    "an Accept that cannot be served is answered with 406",
    HTTP,
    severity="recommended",
    fix="compare Accept with what the model writes; never answer in another content type than asked for",
)
def _unacceptable(subject: Subject) -> Outcome:
    subject.container()
    if not subject.good:
        return not_applicable(NO_CASE)
    response = subject.send(subject.good[0], headers={"Accept": "application/x-slipway-unknown"})
    if response.status == 406:
        return passed("406")
    return failed(f"Accept: application/x-slipway-unknown: answered {response.status} {response.headers.get('content-type', '')}".strip())


@clause(
    "SM-ERROR-04",
    "a wrong path is answered with 404, a wrong method with 405",
    HTTP,
    severity="recommended",
    fix="serve /ping and /invocations only, each with its own method",
)
def _wrong_target(subject: Subject) -> Outcome:
    wanted = {("GET", "/slipway-unknown"): (404,), ("GET", "/invocations"): (404, 405), ("DELETE", "/invocations"): (404, 405)}
    wrong = []
    for (method, path), allowed in wanted.items():
        probe = Case(f"{method} {path}", b"", None, None, method, path)
        status = subject.send(probe).status
        if status not in allowed:
            wrong.append(f"{method} {path}: answered {status}")
    return failed("; ".join(wrong)) if wrong else passed(f"{len(wanted)} requests")


@clause(
    "SM-ERROR-05",
    "error answers hold no traceback and no path",
    SECURE_ERRORS,
    fix="answer with a short text of your own and write the traceback to the log",
)
def _leaks_nothing(subject: Subject) -> Outcome:
    subject.container()
    for case in _one_of_each_type(subject):
        for _, body, _ in malformed(case):
            _send(subject, case, body)
    own = str(subject.folder).encode()
    for name, body in subject.errors:
        for what, pattern in _LEAKS:
            if found := pattern.search(body):
                return failed(f"{name}: {what}: {found[0][:60].decode('utf-8', 'replace')!r}")
        if own in body:
            return failed(f"{name}: a path of the container")
    return passed(f"{len(subject.errors)} error answers") if subject.errors else not_applicable("no error answer was seen")


@clause(
    "SM-ERROR-06",
    "the workers survive random input",
    INFERENCE_CODE,
    fix="limit depth and size while reading; a worker that dies takes other requests with it",
)
def _survives(subject: Subject) -> Outcome:
    running, types = subject.container(), _one_of_each_type(subject)
    if not types:
        return not_applicable(NO_CASE)
    share = max(1, subject.settings.fuzz // len(types))
    dropped = 0
    for case in types:
        dropped += sum(_send(subject, case, body) in (0, 502) for body in mutations(case, share, subject.settings.seed + 1))
        if not running.alive():
            return failed(f"the container ended with exit code {running.exit_code()}")
    if dropped:
        return failed(f"{dropped} of {share * len(types)} requests with random bodies got no answer")
    return passed(f"{share * len(types)} random bodies")


CLAUSES = (_malformed_input, _unknown_content_type, _unacceptable, _wrong_target, _leaks_nothing, _survives)
