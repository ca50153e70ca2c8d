"""Checks clauses one after the other on one container."""

from __future__ import annotations

import time
from collections.abc import Iterable
from typing import Any, Protocol

from slipway.contract.clause import Clause, Outcome, failed, not_applicable
from slipway.contract.report import Report, Result
from slipway.contract.subject import NotRunning
from slipway.errors import SlipwayError
from slipway.progress import Reporter


class Testable(Protocol):
    """A container under test: serving (`Subject`) or training (`Trainee`)."""

    reporter: Reporter

    def discard(self) -> None:
        """End what is shared between clauses."""

    def close(self) -> None:
        """End everything."""


def run(name: str, subject: Testable, clauses: Iterable[Clause[Any]]) -> Report:
    """The report. Containers that this started are gone when it returns or raises, also after Ctrl-C.

    After a broken clause the shared container is replaced, so that one breach is not reported twice.
    """
    results = []
    try:
        for clause in clauses:
            subject.reporter.waiting(name, f"{clause.id} {clause.title}")
            started = time.monotonic()
            outcome = _outcome(clause, subject)
            results.append(Result(clause, outcome, time.monotonic() - started))
            if outcome.verdict == "fail":
                subject.reporter.info(name, f"{clause.id} fails: {outcome.measured}")
                subject.discard()
    finally:
        subject.close()
        subject.reporter.waiting(name, "")
    return Report(name, tuple(results))


def _outcome(clause: Clause[Any], subject: Testable) -> Outcome:
    try:
        return clause.check(subject)
    except NotRunning as error:
        return not_applicable(error.message)
    except SlipwayError as error:
        return failed(error.message)
