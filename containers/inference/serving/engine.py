"""The queue of one worker and its predictor thread: opportunistic micro-batching.

The thread takes whatever has queued up while the last prediction ran and predicts it in one go. It never waits for
more (max_wait is 0 by default), so a lone request loses nothing, and a burst costs one prediction instead of many.
The event loop does no work for the model: it reads, queues and writes; small answers are written by the thread itself,
which saves the way back through the loop (a third of the time of a lone request with a fast model).
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable
from queue import Empty, SimpleQueue
from typing import Any, Protocol

from predictor import Request
from settings import Settings

from serving.board import Column
from serving.errors import Response, failure

_ALWAYS_ADMITTED = 16
_ALONE_BYTES = 256 * 1024
"""A body of this size or more is predicted alone: its neighbours would wait for its parsing."""


_SMALL_ANSWER = 16 * 1024
"""Bytes of an answer that a socket takes at once."""
OK = 200


class Asker(Protocol):
    """Where an answer goes; the connection the request came on."""

    def reply(self, response: Response) -> None: ...

    def reply_now(self, response: Response) -> bool: ...


class Job:
    """One request on its way. `deadline`: time.monotonic() by which it must be answered. `settled`: nobody waits for it any more."""

    __slots__ = ("asker", "deadline", "request", "settled")

    def __init__(self, request: Request, asker: Asker, deadline: float) -> None:
        self.request, self.asker, self.deadline, self.settled = request, asker, deadline, False


class Engine:
    """Queue, thread and time-outs of one worker. All methods are called on the event loop; `_run` and what it calls is the thread's.

    An answer belongs to whoever takes its job out of `_jobs`: `dict.pop` is atomic, so that a 504 of the loop and an answer of the
    thread exclude each other.
    """

    def __init__(
        self,
        answer: Callable[[list[Request]], list[Response]],
        batches: Callable[[], bool],
        settings: Settings,
        row: Any,
        on_stuck: Callable[[], None],
    ) -> None:
        self._answer, self._batches, self._settings, self._row, self._on_stuck = answer, batches, settings, row, on_stuck
        self._loop = asyncio.get_running_loop()
        self._queue: SimpleQueue[Job | None] = SimpleQueue()
        self._jobs: dict[Job, Job] = {}
        self._counted, self._sent, self._settled = int(row[Column.REQUESTS]), 0, 0
        self._running: list[Job] = []
        self._job_seconds = 0.0
        self.swollen = False
        """A large request has gone through since the worker last gave memory back."""
        self._thread = threading.Thread(target=self._run, name="predictor", daemon=True)
        self._interval = min(0.25, max(0.01, settings.timeout / 20))

    def start(self) -> None:
        """Start the predictor thread and the watch over time-outs."""
        self._thread.start()
        self._loop.call_later(self._interval, self._watch)

    @property
    def pending(self) -> int:
        """Requests that wait or run."""
        return len(self._jobs)

    def on_loop(self, call: Callable[..., None], *arguments: Any) -> None:
        """Let the event loop make a call; for other threads."""
        self._loop.call_soon_threadsafe(call, *arguments)

    def alive(self) -> bool:
        """Is the predictor thread there? It ends only when a handler ends it, for instance by killing its own thread."""
        return self._thread.is_alive()

    def submit(self, job: Job) -> Response | None:
        """Queue the job; the Response 503 (504) when it cannot be answered in time."""
        if job.deadline <= time.monotonic():  # A second try of a request whose first worker was stuck.
            self._row[Column.TIMEOUTS] += 1
            return failure(504, "the model did not answer in time", job.request.request_id)
        waiting = len(self._jobs)
        if waiting >= self._settings.queue_size or (
            waiting >= _ALWAYS_ADMITTED and waiting * self._job_seconds > self._settings.queue_seconds
        ):
            self._row[Column.REFUSED] += 1
            return failure(503, "too many requests are waiting; try again", job.request.request_id, retry_after=1)
        self._jobs[job] = job
        if len(job.request.body) >= _ALONE_BYTES:
            self.swollen = True
        self._row[Column.PENDING] = waiting + 1
        self._queue.put(job)
        return None

    def forget(self, job: Job) -> bool:
        """The client went away, or its answer is about to be sent: nobody else may answer. False when somebody else already did."""
        if self._jobs.pop(job, None) is None:
            return False
        job.settled = True
        self._row[Column.PENDING] = len(self._jobs)
        return True

    def fail_all(self, status: int, message: str) -> None:
        """Answer everything that is pending with an error: the worker is about to end."""
        for job in list(self._jobs):
            self._settle(job, failure(status, message, job.request.request_id, retry_after=1))

    def _settle(self, job: Job, response: Response) -> None:
        if self.forget(job):
            self._settled += 1
            row, status = self._row, response.status
            row[Column.REQUESTS] = self._counted + self._sent + self._settled
            if status >= 500:
                row[Column.SERVER_ERRORS] += 1
            elif status >= 400:
                row[Column.CLIENT_ERRORS] += 1
            job.asker.reply(response)

    def _watch(self) -> None:
        """Answer 504 to what is overdue. When the running prediction is overdue the thread cannot be saved: the worker ends."""
        now = time.monotonic()
        running = self._running
        overdue = [job for job in list(self._jobs) if job.deadline <= now]
        stuck = any(job.deadline <= now for job in running)
        for job in overdue:
            self._row[Column.TIMEOUTS] += 1
            self._settle(job, failure(504, "the model did not answer in time", job.request.request_id))
        if stuck:
            self._on_stuck()
        else:
            self._loop.call_later(self._interval, self._watch)

    def _finish(self, answers: list[tuple[Job, Response]]) -> None:
        for job, response in answers:
            self._settle(job, response)

    def _run(self) -> None:
        """The predictor thread."""
        while (batch := self._take()) is not None:
            jobs = [job for job in batch if not job.settled]
            if not jobs:
                continue
            self._running = jobs
            self._row[Column.DEADLINE] = min(job.deadline for job in jobs)
            start = time.perf_counter()
            responses = self._answer([job.request for job in jobs])
            seconds = time.perf_counter() - start
            self._row[Column.DEADLINE] = 0
            self._running = []
            self._deliver(jobs, responses, seconds)

    def _deliver(self, jobs: list[Job], responses: list[Response], seconds: float) -> None:
        """Send small answers at once and hand the others to the loop; count what only the thread counts."""
        left = []
        for job, response in zip(jobs, responses, strict=True):
            if response.status != OK or len(response.body) > _SMALL_ANSWER:
                left.append((job, response))
            elif self.forget(job):
                self._sent += 1
                if not job.asker.reply_now(response):
                    self._loop.call_soon_threadsafe(job.asker.reply, response)
        row = self._row
        row[Column.REQUESTS] = self._counted + self._sent + self._settled
        row[Column.BATCHES] += 1
        row[Column.BATCHED] += len(jobs)
        row[Column.PREDICT_SECONDS] += seconds
        self._job_seconds += 0.2 * (seconds / len(jobs) - self._job_seconds)
        if left:
            self._loop.call_soon_threadsafe(self._finish, left)

    def _take(self) -> list[Job] | None:
        """The next job and, when the model takes batches, what waits behind it."""
        job = self._queue.get()
        if job is None:
            return None
        batch = [job]
        if not self._batches() or len(job.request.body) >= _ALONE_BYTES:
            return batch
        limit, until = self._settings.max_batch, time.monotonic() + self._settings.max_wait / 1000
        while len(batch) < limit:
            try:
                more = (
                    self._queue.get_nowait() if not self._settings.max_wait else self._queue.get(timeout=max(0.0, until - time.monotonic()))
                )
            except Empty:
                break
            if more is None:
                self._queue.put(None)
                break
            batch.append(more)
            if len(more.request.body) >= _ALONE_BYTES:
                break
        return batch
