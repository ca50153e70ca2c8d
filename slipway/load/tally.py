"""What became of requests: one client process counts, the tester's own process adds up."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any, Literal

from slipway.load.histogram import Latencies, bucket

Outcome = Literal["ok", "wrong", "refused", "timeout", "connection", "unsent", "unfinished"]
OUTCOMES: tuple[Outcome, ...] = ("ok", "wrong", "refused", "timeout", "connection", "unsent", "unfinished")
"""`ok`: answered as the case expects. `wrong`: another answer of the expected status. `refused`: another status. `timeout`: no whole
answer in time. `connection`: it broke, or could not be made. `unsent`: no free connection within the timeout. `unfinished`: under way
when Ctrl-C ended the test. Their sum is what was due."""
FAILURES: tuple[Outcome, ...] = ("wrong", "refused", "timeout", "connection", "unsent")
TIMED: tuple[Outcome, ...] = ("ok", "timeout", "unsent")
"""Outcomes whose latency counts: what was never answered counts with the time that was waited, a lower bound. A refusal would make
percentiles look better than they are, so it is counted only."""
LATE = 0.010
"""Seconds after its time from which a request counts as sent late."""
KEPT_PROBLEMS = 20


@dataclass(frozen=True)
class Done:
    """One request that has ended. `latency` runs from the intended time, `service` from the sending (None: never sent), in seconds."""

    case: int
    second: int
    outcome: Outcome
    latency: float
    service: float | None = None
    lag: float = 0.0
    status: int = 0
    variant: str = ""
    problem: str = ""
    warmup: bool = False


@dataclass
class Second:
    """The requests that were due in one second of the schedule."""

    outcomes: Counter[str] = field(default_factory=Counter)
    buckets: Counter[int] = field(default_factory=Counter)

    def add(self, other: Second) -> None:
        """Add what another process counted."""
        self.outcomes.update(other.outcomes)
        self.buckets.update(other.buckets)


@dataclass
class Counts:
    """What is counted of all requests."""

    outcomes: Counter[str] = field(default_factory=Counter)
    cases: Counter[tuple[int, str]] = field(default_factory=Counter)
    statuses: Counter[int] = field(default_factory=Counter)
    variants: Counter[str] = field(default_factory=Counter)
    problems: Counter[tuple[int, str, str]] = field(default_factory=Counter)
    """Of (case, outcome, text)."""
    sent: int = 0
    late: int = 0
    waited: int = 0
    """Sent late because every connection was in use."""
    warmup: int = 0

    def add(self, other: Counts) -> None:
        """Add what another process counted."""
        for name, value in vars(other).items():
            mine: Any = getattr(self, name)
            if isinstance(mine, Counter):
                mine.update(value)
            else:
                setattr(self, name, mine + value)

    @property
    def due(self) -> int:
        """Requests whose time came."""
        return self.outcomes.total()

    @property
    def failed(self) -> int:
        """Requests that did not bring the expected answer."""
        return sum(self.outcomes[name] for name in FAILURES)


class Tally:
    """The book of one client process."""

    def __init__(self, cases: int) -> None:
        self.counts = Counts()
        self.latency, self.service, self.lag = Latencies(), Latencies(), Latencies()
        self.by_case = [Latencies() for _ in range(cases)]
        self._seconds: dict[int, Second] = {}

    def add(self, done: Done) -> None:
        """Count one request."""
        counts, timed = self.counts, done.outcome in TIMED and not done.warmup
        counts.outcomes[done.outcome] += 1
        counts.cases[done.case, done.outcome] += 1
        counts.warmup += done.warmup
        second = self._seconds.setdefault(done.second, Second())
        second.outcomes[done.outcome] += 1
        if timed:
            second.buckets[bucket(done.latency)] += 1
            self.latency.add(done.latency)
            self.by_case[done.case].add(done.latency)
        if done.service is not None:
            self._sent(done, timed=timed)
        if done.problem:
            self._problem(done)

    def _sent(self, done: Done, *, timed: bool) -> None:
        counts = self.counts
        counts.sent += 1
        counts.late += done.lag > LATE
        if timed and done.service is not None:
            self.service.add(done.service)
        if not done.warmup:
            self.lag.add(done.lag)
        if done.status:
            counts.statuses[done.status] += 1
        if done.variant:
            counts.variants[done.variant] += 1

    def _problem(self, done: Done) -> None:
        """Kinds of problems are few; a model that writes something new each time must not fill the memory."""
        key = (done.case, done.outcome, done.problem)
        if key in self.counts.problems or len(self.counts.problems) < KEPT_PROBLEMS:
            self.counts.problems[key] += 1
        else:
            self.counts.problems[done.case, done.outcome, "(more of other kinds)"] += 1

    def news(self) -> dict[int, Second]:
        """What was counted since the last call, second by second."""
        news, self._seconds = self._seconds, {}
        return news


@dataclass
class Measured:
    """A finished test of all processes. `began`: seconds since 1970; `seconds`: to the last answer; `cpu`: seconds of each process."""

    counts: Counts
    latency: Latencies
    service: Latencies
    lag: Latencies
    by_case: list[Latencies]
    seconds_of: dict[int, Second]
    began: float
    seconds: float
    cpu: list[float]
    interrupted: bool = False
