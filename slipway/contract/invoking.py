"""Clauses about POST /invocations."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor

from slipway.contract.clause import INFERENCE_CODE, INVOKE_API, NO_CASE, Outcome, clause, failed, not_applicable, passed, verdict
from slipway.contract.first_start import ping
from slipway.contract.subject import Subject
from slipway.errors import SlipwayError

_RECOVERY = 2.0
"""Seconds to replace a worker that was cut."""
CUSTOM_ATTRIBUTES = "X-Amzn-SageMaker-Custom-Attributes"
_UNKNOWN_HEADERS = {
    "X-Amzn-SageMaker-Something-New": "1",
    "X-Amzn-Trace-Id": "Root=1-67891233-abcdef012345678912345678",
    "X-Unheard-Of": "a, b; c=d",
    "Forwarded": "for=192.0.2.60;proto=http",
}


@clause(
    "SM-INVOKE-01",
    "every content type of the case file is answered",
    INFERENCE_CODE,
    fix="read each content type that the model promises",
)
def _content_types(subject: Subject) -> Outcome:
    running = subject.container()
    if not subject.good:
        return not_applicable(NO_CASE)
    answered: dict[str, int] = {}
    for case in subject.good:
        answered.setdefault(case.content_type or "none", subject.send(case, running).status)
    refused = [f"{name}: {status}" for name, status in answered.items() if status >= 300]
    return failed("; ".join(refused)) if refused else passed(", ".join(answered))


@clause("SM-INVOKE-02", "every case is answered as expected", INFERENCE_CODE, fix="correct the model, its handlers or the case")
def _cases(subject: Subject) -> Outcome:
    running = subject.container()
    quick = [case for case in subject.cases if not case.takes]
    if not quick:
        return not_applicable("no case file: --cases")
    wrong = []
    for case in quick:
        problem = subject.try_case(case, running)
        if problem and not (case.succeeds and "got 415" in problem):  # that is SM-INVOKE-01's matter
            wrong.append(f"{case.name}: {problem}")
    count = f"{len(wrong)} of {len(quick)} cases: " if len(wrong) > 1 else ""
    return failed(count + "; ".join(wrong[:5])) if wrong else passed(f"{len(quick)} cases")


@clause("SM-INVOKE-03", "unknown headers are ignored", INFERENCE_CODE, fix="read only the headers you know; SageMaker adds its own")
def _unknown_headers(subject: Subject) -> Outcome:
    running = subject.container()
    if not subject.good:
        return not_applicable(NO_CASE)
    return verdict(subject.first_wrong(running, headers=_UNKNOWN_HEADERS), f"{len(_UNKNOWN_HEADERS)} unknown headers")


@clause(
    "SM-INVOKE-04",
    "CustomAttributes of 1024 characters are accepted",
    INVOKE_API,
    fix="raise the server's limits for one header and for all headers above 1 KiB",
)
def _custom_attributes(subject: Subject) -> Outcome:
    subject.container()
    if not subject.good:
        return not_applicable(NO_CASE)
    return verdict(subject.first_wrong(headers={CUSTOM_ATTRIBUTES: "c" * 1024}), "1024 characters")


@clause(
    "SM-INVOKE-05",
    "requests at the same time get their own answers",
    INFERENCE_CODE,
    fix="keep nothing of a request in a place that other requests use",
)
def _concurrently(subject: Subject) -> Outcome:
    running, right = subject.container(), subject.right
    if not right:
        return not_applicable(NO_CASE if not subject.good else "no case is right even alone (SM-INVOKE-02)")
    clients, rounds = subject.settings.concurrency, subject.settings.rounds
    work = [right[number % len(right)] for number in range(clients * rounds)]
    with ThreadPoolExecutor(clients) as pool:
        found = list(pool.map(lambda case: subject.try_case(case, running), work))
    wrong = [f"{case.name}: {problem}" for case, problem in zip(work, found, strict=True) if problem]
    text = f"{len(work)} requests of {clients} clients, {len(right)} different ones"
    return failed(f"{len(wrong)} of {text} were wrong; first: {wrong[0]}") if wrong else passed(text)


@clause(
    "SM-INVOKE-06",
    "a request that takes longer than 60 seconds is cut, and the container goes on",
    INFERENCE_CODE,
    fix="end a prediction after the time limit with 504 or 503 and replace its worker",
)
def _cut(subject: Subject) -> Outcome:
    running, case, limit = subject.container(), subject.endless, subject.settings.request
    if case is None:
        return not_applicable(f"no case has `takes` above the limit of {limit:g} s (--time-limit)")
    started = time.monotonic()
    try:
        status = subject.send(case, running).status
    except SlipwayError:
        status = 0
    seconds = time.monotonic() - started
    if not running.alive():
        return failed(f"the container ended with exit code {running.exit_code()}")
    if 200 <= status < 300 or seconds > limit + 5:
        return failed(f"{case.name}: answered {status or 'nothing'} after {seconds:.1f} s, the limit is {limit:g} s")
    if problem := _not_recovered(subject):
        return failed(f"{_RECOVERY:g} s after a request was cut: {problem}")
    return passed(f"answered {status or 'with a closed connection'} after {seconds:.1f} s")


def _not_recovered(subject: Subject) -> str | None:
    """What is still wrong when the container has had time to replace its worker; None as soon as nothing is."""
    running, ends = subject.container(), time.monotonic() + _RECOVERY
    while True:
        problem = subject.first_wrong(running) if ping(running, subject.settings.ping) == 200 else "/ping fails"
        if problem is None or time.monotonic() > ends:
            return problem
        time.sleep(0.1)


CLAUSES = (_content_types, _cases, _unknown_headers, _custom_attributes, _concurrently, _cut)
