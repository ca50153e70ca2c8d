"""One client: sends its cases at fixed times until the end, whatever the answers take, and compares every answer."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from modules.load_test.cases import LoadCase
from modules.load_test.function.message import Start
from modules.load_test.function.publisher import Publisher
from modules.load_test.function.targets import Answer, Target

EXAMPLES = 3
"""Differences of each case that are logged; the others are only counted."""
OVERTIME_SECONDS = 1.0
"""How long after the end a request may still be sent that had to wait for a thread."""

Log = Callable[..., None]


@dataclass(frozen=True)
class Outcome:
    """`sent` of `planned` requests. Less: the tester was late, its threads were all waiting for answers, or Lambda's time ran out."""

    planned: int
    sent: int
    late_seconds: float

    @property
    def partial(self) -> bool:
        """Whether some of the planned requests were not sent."""
        return self.sent < self.planned


@dataclass
class LoadClient:
    """Client number `client` of a run, with `threads` requests under way at most."""

    start: Start
    client: int
    cases: Sequence[LoadCase]
    target: Target
    publisher: Publisher
    threads: int
    log: Log
    _clock_started: float = field(default_factory=lambda: time.time() - time.monotonic())
    _told: dict[str, int] = field(default_factory=dict)
    _sent: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def run(self, stop_at: float) -> Outcome:
        """Send until the run's end or `stop_at` (seconds since 1970), whichever is first, and wait for the answers."""
        begun = self._now()
        first = self.start.start_at + self.start.offset(self.client)
        end = min(self.start.start_at + self.start.duration_in_seconds, stop_at)
        with ThreadPoolExecutor(self.threads) as pool:
            for due, case in self._schedule(first, begun):
                if due >= stop_at:
                    break
                time.sleep(max(0.0, due - self._now()))
                pool.submit(self._send, case, due, end)
        return Outcome(self.start.planned(self.client), self._sent, max(0.0, begun - first))

    def _now(self) -> float:
        """Seconds since 1970, by a clock that nobody sets while the tester runs."""
        return self._clock_started + time.monotonic()

    def _schedule(self, first: float, begun: float) -> Iterator[tuple[float, LoadCase]]:
        """When each request is due, and its case. What was due before the tester was up is left out: it would time Lambda's start."""
        interval = self.start.interval_in_seconds
        skipped = max(0, math.ceil((begun - first) / interval))
        for number in range(skipped, self.start.planned(self.client)):
            yield first + number * interval, self.cases[(number * self.start.clients + self.client) % len(self.cases)]

    def _send(self, case: LoadCase, due: float, end: float) -> None:
        # All threads were busy when it was due, and the run is over: sent now, it would only make the run longer.
        if self._now() >= end + OVERTIME_SECONDS:
            return
        with self._lock:
            self._sent += 1
        answer = self.target.send(case)
        answered = self._now()
        difference = answer.failure or case.difference(answer.status, answer.content_type, answer.body)
        self.publisher.add(
            case.name,
            int(answered),
            (answered - due) * 1000,
            status_success=200 <= answer.status < 300,
            test_success=not difference,
        )
        if difference:
            self._tell(case, answer)

    def _tell(self, case: LoadCase, answer: Answer) -> None:
        """Log the first few of a case, without payloads: the difference itself may quote the answer."""
        with self._lock:
            told = self._told[case.name] = self._told.get(case.name, 0) + 1
        if told <= EXAMPLES:
            self.log("test_failed", case=case.name, status=answer.status, failure=answer.failure, bytes=len(answer.body))
