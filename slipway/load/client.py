"""One client process's requests: each is sent when it is due, whatever became of those before."""

from __future__ import annotations

import asyncio
import json
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from slipway.contract.cases import Case
from slipway.load.plan import GRACE, Plan
from slipway.load.pool import Pool
from slipway.load.signing import Signer
from slipway.load.tally import Done, Outcome, Tally
from slipway.load.wire import Address, Answer, Connection, request_bytes

KEPT_ANSWERS = 64
"""Different good answers of a case that are remembered, so that an equal one needs no comparison of numbers."""
_MODEL_ERROR = 424
_LOOK_SECONDS = 0.05
"""Between two looks for what has taken too long."""


@dataclass
class _Request:
    """One request: its index in the schedule, when it was due and when it was sent, on the event loop's clock."""

    index: int
    due: float
    sent: float = 0.0


class Client:
    """Sends requests, at most `limit` at a time, and counts what comes back."""

    def __init__(self, plan: Plan, tally: Tally, limit: int) -> None:
        self._plan, self._tally, self._limit, self._start = plan, tally, limit, 0.0
        self._address = Address.of(plan.url, plan.host)
        self._pool = Pool(self._address)
        self._signer = Signer(plan.auth)
        self._headers = [{**plan.headers, **case.all_headers()} for case in plan.cases]
        self._wire: dict[int, tuple[dict[str, str], bytes]] = {}
        self._good: list[set[tuple[str, bytes]]] = [set() for _ in plan.cases]
        self._under_way: dict[Connection, _Request] = {}
        self._connecting: dict[asyncio.Task[None], _Request] = {}
        self._waiting: deque[_Request] = deque()
        self._clock = asyncio.get_running_loop().time
        self.stopped = asyncio.Event()

    async def run(self, due: Iterator[tuple[int, float]], start: float) -> None:
        """Send everything (indexes, and seconds from `start` on the event loop's clock) and wait for the answers.

        After `stopped` only a moment is left for what is under way.
        """
        self._start = start
        looker = asyncio.create_task(self._look())
        await self._send_all(due)
        while (self._busy or self._waiting) and not self.stopped.is_set():
            await asyncio.sleep(0.005)
        ends = self._clock() + GRACE
        while self._busy and self._clock() < ends:
            await asyncio.sleep(0.005)
        looker.cancel()
        for task in self._connecting:
            task.cancel()
        for request in (*self._waiting, *self._under_way.values(), *self._connecting.values()):
            self._count(request, "unfinished")
        for connection in self._under_way:
            connection.close()
        self._pool.close()

    @property
    def _busy(self) -> int:
        return len(self._under_way) + len(self._connecting)

    async def _send_all(self, due: Iterator[tuple[int, float]]) -> None:
        for index, seconds in due:
            request = _Request(index, self._start + seconds)
            await asyncio.sleep(max(0.0, request.due - self._clock()))
            if self.stopped.is_set():
                return
            if self._busy < self._limit and not self._waiting:
                self._begin(request)
            else:
                self._waiting.append(request)

    def _begin(self, request: _Request) -> None:
        connection = self._pool.take()
        if connection is not None:
            self._send(connection, request)
            return
        task = asyncio.create_task(self._connect(request))
        self._connecting[task] = request
        task.add_done_callback(self._connecting.pop)

    async def _connect(self, request: _Request) -> None:
        request.sent = self._clock()
        try:
            connection = await self._pool.connect(self, self._plan.timeout)
        except asyncio.TimeoutError:
            self._count(request, "timeout", problem=f"no connection within {self._plan.timeout:g} s")
        except OSError as error:
            self._count(request, "connection", problem=f"{type(error).__name__}: {error}"[:200])
        else:
            self._send(connection, request, first=True)
            return
        self._next()

    def _send(self, connection: Connection, request: _Request, *, first: bool = False) -> None:
        """Making the connection is part of the first request's time, as for every client."""
        if not first:
            request.sent = self._clock()
        self._under_way[connection] = request
        connection.send(self._bytes(request.index % len(self._plan.cases)))

    def _bytes(self, number: int) -> bytes:
        case = self._plan.cases[number]
        headers = self._signer.headers(number, self._address.signed_url, self._headers[number], case.body)
        kept = self._wire.get(number)
        if kept is None or kept[0] is not headers:
            self._wire[number] = kept = (headers, request_bytes(self._address, headers, case.body))
        return kept[1]

    def answered(self, connection: Connection, answer: Answer, *, reusable: bool) -> None:
        """The clock is read before anything else is done with the answer."""
        ended = self._clock()
        request = self._under_way.pop(connection, None)
        if reusable and request is not None:
            self._pool.give_back(connection)
        else:
            connection.close()
        if request is None:
            return
        self._next()
        number = request.index % len(self._plan.cases)
        status, problem = self._check(number, self._plan.cases[number], answer)
        outcome: Outcome = "ok" if problem is None else "wrong" if status == self._plan.cases[number].expect.status else "refused"
        variant = answer.headers.get("x-amzn-invoked-production-variant", "")
        self._count(request, outcome, ended, status=status, variant=variant, problem=problem or "")

    def broken(self, connection: Connection, reason: str) -> None:
        """A free connection may close; one with a request may not."""
        request = self._under_way.pop(connection, None)
        if request is not None:
            self._count(request, "connection", problem=reason[:200])
            self._next()

    def _next(self) -> None:
        """A place is free: the request that waited longest goes."""
        if self._waiting and not self.stopped.is_set():
            self._tally.counts.waited += 1
            self._begin(self._waiting.popleft())

    async def _look(self) -> None:
        """Give up what has taken too long. Requests under way are in the order in which they were sent."""
        timeout = self._plan.timeout
        while True:
            now = self._clock()
            while self._waiting and now - self._waiting[0].due > timeout:
                self._count(self._waiting.popleft(), "unsent", problem=f"no free connection within {timeout:g} s")
            for connection, request in list(self._under_way.items()):
                if now - request.sent > timeout:
                    del self._under_way[connection]
                    connection.close()
                    self._count(request, "timeout", problem=f"no whole answer within {timeout:g} s")
                    self._next()
            await asyncio.sleep(_LOOK_SECONDS)

    def _count(self, request: _Request, outcome: Outcome, ended: float | None = None, **more: Any) -> None:
        ended = self._clock() if ended is None else ended
        sent = request.sent or None
        service, lag = (None, 0.0) if sent is None else (ended - sent, max(0.0, sent - request.due))
        planned = request.due - self._start
        warmup = planned < self._plan.warmup
        number = request.index % len(self._plan.cases)
        self._tally.add(Done(number, int(planned), outcome, ended - request.due, service, lag, warmup=warmup, **more))

    def _check(self, number: int, case: Case, answer: Answer) -> tuple[int, str | None]:
        """The model's own status, and what is wrong with the answer."""
        status, content_type, body = answer.status, answer.headers.get("content-type", ""), answer.body
        if self._plan.unwraps and status == _MODEL_ERROR:
            status, body = _model_error(body)
            # A model error carries no content type: only status and body of a refusal can be compared.
            return status, case.check(status, case.expect.content_type, body)
        if status == case.expect.status and (content_type, body) in self._good[number]:
            return status, None
        problem = case.check(status, content_type, body)
        if problem is None and len(self._good[number]) < KEPT_ANSWERS:
            self._good[number].add((content_type, body))
        return status, problem


def _model_error(body: bytes) -> tuple[int, bytes]:
    """Status and body of the container, as InvokeEndpoint's ModelError hands them on."""
    try:
        told = json.loads(body)
        return int(told["OriginalStatusCode"]), str(told.get("OriginalMessage", "")).encode()
    except (ValueError, KeyError, TypeError):
        return _MODEL_ERROR, body
