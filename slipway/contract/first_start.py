"""The first start of a container, watched closely: several clauses ask how it went."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from slipway.contract import wire
from slipway.contract.cases import Case
from slipway.errors import SlipwayError

if TYPE_CHECKING:
    from slipway.containers.running import Running
    from slipway.contract.subject import Subject

_POLL = 0.02
LOADING = 3.0
"""Seconds that a container which says 200 too early gets to answer right, so that only that is held against it."""


@dataclass
class Started:
    """How it went. `problem` is empty when /ping answered 200.

    `right`: cases that are answered right in the end; `early`: which of them were wrong right after the first 200, and how.
    """

    problem: str = ""
    alive: bool = False
    accepts: bool = False
    ready: bool = False
    seconds: float = 0.0
    right: list[Case] = field(default_factory=list)
    early: list[str] = field(default_factory=list)


def watch(subject: Subject, running: Running) -> Started:
    """Look at a container that has just been started until it is ready, ends, or the time is over."""
    begun, limit, begin = Started(), subject.settings.startup, time.monotonic()
    while time.monotonic() - begin < limit and not begun.ready:
        begun.alive = running.alive()
        if not begun.alive:
            tail = " | ".join(running.log_tail(5))
            begun.problem = f"it ended with exit code {running.exit_code()}" + (f": {tail}" if tail else "")
            return begun
        begun.accepts = begun.accepts or _accepts(running.port)
        begun.ready = begun.accepts and ping(running, subject.settings.ping) == 200
        time.sleep(0 if begun.ready else _POLL)
    begun.seconds = time.monotonic() - begin
    if begun.ready:
        _first_answers(subject, running, begun)
    else:
        said = "never answered 200 on /ping" if begun.accepts else f"nothing listens on port {running.port}"
        begun.problem = f"{said} within {limit:g} s"
    return begun


def _first_answers(subject: Subject, running: Running, begun: Started) -> None:
    early = {case.name: problem for case in subject.good if (problem := subject.try_case(case, running))}
    ends = time.monotonic() + LOADING
    wrong = set(early)
    while wrong and time.monotonic() < ends:
        time.sleep(10 * _POLL)
        wrong = {case.name for case in subject.good if subject.try_case(case, running)}
    begun.right = [case for case in subject.good if case.name not in wrong]
    begun.early = [f"{name}: {problem}" for name, problem in early.items() if name not in wrong]


def ping(running: Running, timeout: float) -> int:
    """Status of GET /ping; 0 when there is no answer in time."""
    try:
        return int(running.request("GET", "/ping", timeout=timeout).status)
    except SlipwayError:
        return 0


def _accepts(port: int) -> bool:
    try:
        wire.connect_seconds(port, 1.0)
    except OSError:
        return False
    return True
