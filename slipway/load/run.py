"""Runs a plan with its client processes and adds up what they count."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from multiprocessing import connection, get_context
from typing import Any

from slipway.errors import SlipwayError
from slipway.load.histogram import Latencies
from slipway.load.plan import Plan
from slipway.load.tally import Counts, Measured, Second
from slipway.load.worker import work

START_SECONDS = 60.0
"""Within which every client process must be ready."""
_LEAD = 0.2
"""Seconds between the last one's readiness and the common start."""


@dataclass
class Progress:
    """What is known while a test runs: `elapsed` of `total` seconds, the counts so far, and each second of the schedule."""

    total: float
    elapsed: float = 0.0
    counts: Counts = field(default_factory=Counts)
    seconds_of: dict[int, Second] = field(default_factory=dict)


def run(plan: Plan, tell: Callable[[Progress], None] = lambda _: None) -> Measured:
    """Send what the plan says; `tell` is called about twice a second. Ctrl-C ends it early, with what was measured until then.

    SlipwayError when a client process fails.
    """
    crew = _Crew(plan)
    try:
        with _handling(signal.SIGINT, crew.interrupt):
            return crew.run(tell)
    finally:
        crew.close()


class _Crew:
    """The client processes of one run."""

    def __init__(self, plan: Plan) -> None:
        context = get_context("spawn")
        self.plan, self.pipes, self.processes = plan, list[Any](), list[Any]()
        with _handling(signal.SIGINT, signal.SIG_IGN):  # the processes inherit it: Ctrl-C is this process's to handle
            for number in range(plan.processes):
                mine, its = context.Pipe()
                process = context.Process(target=work, args=(plan, number, its), daemon=True)
                process.start()
                its.close()
                self.pipes.append(mine)
                self.processes.append(process)
        self.latest: dict[Any, Counts] = {}
        self.results: dict[Any, dict[str, Any]] = {}
        self.progress = Progress(plan.schedule.seconds)
        self.interrupted = self.told = False

    def run(self, tell: Callable[[Progress], None]) -> Measured:
        ends = time.monotonic() + START_SECONDS
        for pipe in self.pipes:
            if not pipe.poll(max(0.0, ends - time.monotonic())):
                raise SlipwayError(f"a client process was not ready within {START_SECONDS:g} s", fix="use fewer --processes")
            self._receive(pipe)
        start, began = time.monotonic() + _LEAD, time.time() + _LEAD
        for pipe in self.pipes:
            pipe.send(start)
        while len(self.results) < len(self.pipes):
            self._round(start, tell)
            if self.interrupted and not self.told:
                self._stop()
        return self._measured(start, began)

    def _round(self, start: float, tell: Callable[[Progress], None]) -> None:
        waiting = [pipe for pipe in self.pipes if pipe not in self.results]
        for pipe in connection.wait(waiting, timeout=0.5):
            self._receive(pipe)
        counts = Counts()
        for known in self.latest.values():
            counts.add(known)
        self.progress.counts = counts
        self.progress.elapsed = max(0.0, min(self.progress.total, time.monotonic() - start))
        tell(self.progress)

    def interrupt(self, *_: object) -> None:
        """Of SIGINT. The first one only asks for the end: an exception amid a message from a process would lose it."""
        if self.interrupted:
            raise KeyboardInterrupt
        self.interrupted = True

    def _stop(self) -> None:
        self.told = True
        for pipe in self.pipes:
            if pipe not in self.results:
                pipe.send("stop")

    def _receive(self, pipe: Any) -> None:
        try:
            kind, *rest = pipe.recv()
        except (EOFError, OSError):
            raise SlipwayError("a client process of the load test died", fix="look for its message above; is there memory left?") from None
        if kind == "failed":
            raise SlipwayError(f"a client process of the load test failed: {rest[0]}", details={"traceback": rest[1]})
        if kind == "ready":
            return
        counts, seconds = rest if kind == "news" else (rest[0]["counts"], rest[0]["seconds"])
        self.latest[pipe] = counts
        for number, second in seconds.items():
            self.progress.seconds_of.setdefault(number, Second()).add(second)
        if kind == "done":
            self.results[pipe] = rest[0]

    def _measured(self, start: float, began: float) -> Measured:
        results = list(self.results.values())
        counts = Counts()
        for result in results:
            counts.add(result["counts"])
        whole = {name: Latencies(result[name] for result in results) for name in ("latency", "service", "lag")}
        by_case = [Latencies(result["by_case"][number] for result in results) for number in range(len(self.plan.cases))]
        seconds = max(result["ended"] for result in results) - start
        cpu = [result["cpu"] for result in results]
        return Measured(counts, **whole, by_case=by_case, seconds_of=self.progress.seconds_of, began=began, seconds=max(0.0, seconds),
                        cpu=cpu, interrupted=self.interrupted)  # fmt: skip

    def close(self) -> None:
        """End the processes, whatever they do."""
        for pipe in self.pipes:
            pipe.close()
        for process in self.processes:
            process.join(1.0)
            if process.is_alive():
                process.kill()
                process.join()


@contextmanager
def _handling(number: signal.Signals, handler: Any) -> Iterator[None]:
    """Handle a signal so while it is open. Other threads than the main one get no signals and may set none."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(number, handler)
    try:
        yield
    finally:
        signal.signal(number, before)
