"""`python -m bench.load.generate < plan > report`: keep-alive HTTP load over epoll; every answer is compared with the known one.

Only the standard library, run as a process of its own with any Python, so that neither its imports nor its threads weigh on
what is measured. Each connection has one request under way and sends the next as soon as the answer is complete (closed loop).
Linux only (epoll).
"""

from __future__ import annotations

import gc
import json
import select
import socket
import sys
import time
from collections import Counter
from typing import Any

from bench.load.wire import DRAIN_SECONDS, Plan, complete

KEPT_MISMATCHES = 200
_READ = 1 << 14  # small, as a buffer of this size is taken and given back for every answer


class Connection:
    """One client: at most one request under way."""

    def __init__(self, port: int, start: int) -> None:
        self.port, self.next = port, start
        self.socket: socket.socket | None = None
        self.request, self.index = b"", 0
        self.answer: bytes | None = None
        self.unsent: memoryview = memoryview(b"")
        self.received = b""
        self.parts: list[bytes] = []
        self.missing = 0
        self.started = 0.0


class Generator:
    """Runs a plan. `counts`: ok, wrong (another answer than the known one), lost (no answer), and each status but 200."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.requests = plan.requests()
        self.counts: Counter[str] = Counter()
        self.latencies: list[float] = []
        self.mismatches: list[tuple[int, str]] = []
        self.reasons: Counter[str] = Counter()
        self.poll = select.epoll()
        self.open: dict[int, Connection] = {}
        self.resting: list[tuple[float, Connection]] = []
        self.end = 0.0
        self.in_time = 0

    def run(self) -> dict[str, Any]:
        """Send until the time is up, wait for what is under way, and report."""
        gc.disable()
        step = max(1, len(self.requests) // self.plan.connections)
        began, cpu = time.perf_counter(), time.process_time()
        self.end = began + self.plan.seconds
        for number in range(self.plan.connections):
            self._send(Connection(self.plan.port, number * step % len(self.requests)))
        while self.open or self.resting:
            now = time.perf_counter()
            if now > self.end + DRAIN_SECONDS:
                for connection in list(self.open.values()):
                    self._lose(connection, "no answer")
                break
            due = [connection for at, connection in self.resting if at <= now]
            self.resting = [(at, connection) for at, connection in self.resting if at > now]
            for connection in due:
                self._send(connection)
            wait = min([at for at, _ in self.resting], default=now + 1.0) - now
            for number, event in self.poll.poll(max(0.0, wait)):
                self._ready(self.open[number], event)
        return self._report(time.process_time() - cpu)

    def _send(self, connection: Connection) -> None:
        if time.perf_counter() >= self.end or (self.plan.once and len(self.latencies) == len(self.requests)):
            self._close(connection)
            return
        connection.index = index = connection.next
        connection.next = index + 1 if index + 1 < len(self.requests) else 0
        connection.request, connection.answer = self.requests[index]
        connection.received = b""
        connection.started = time.perf_counter()
        try:
            sock = connection.socket or self._connect(connection)
            sent = sock.send(connection.request)
        except BlockingIOError:
            sent = 0
        except OSError as error:
            self._lose(connection, type(error).__name__)
            return
        if sent < len(connection.request):
            connection.unsent = memoryview(connection.request)[sent:]
            self.poll.modify(sock, select.EPOLLIN | select.EPOLLOUT)

    def _connect(self, connection: Connection) -> socket.socket:
        connection.socket = sock = socket.create_connection(("127.0.0.1", connection.port))
        sock.setblocking(False)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.open[sock.fileno()] = connection
        self.poll.register(sock, select.EPOLLIN)
        return sock

    def _ready(self, connection: Connection, event: int) -> None:
        assert connection.socket is not None
        try:
            if event & select.EPOLLOUT:
                connection.unsent = connection.unsent[connection.socket.send(connection.unsent) :]
                if not connection.unsent:
                    self.poll.modify(connection.socket, select.EPOLLIN)
            if event & ~select.EPOLLOUT:
                self._read(connection, connection.socket.recv(max(_READ, connection.missing)))
        except BlockingIOError:
            return
        except (OSError, ValueError) as error:
            self._lose(connection, type(error).__name__)

    def _read(self, connection: Connection, data: bytes) -> None:
        if not data:
            raise ConnectionAbortedError
        answer = connection.answer
        if answer is not None and not connection.parts:
            data = connection.received + data
            body = data.find(b"\r\n\r\n") + 4
            if data.startswith(b"HTTP/1.1 200") and b"lose\r\n" not in data[:body]:
                if len(data) - body == len(answer) and data.endswith(answer):
                    self.counts["ok"] += 1
                    connection.received = b""
                    self._next(connection)
                    return
                if len(data) - body < len(answer) < _READ:
                    connection.received = data
                    return
            connection.received = b""
        self._slow(connection, data)

    def _slow(self, connection: Connection, data: bytes) -> None:
        """An answer of many pieces, in chunks, with another status or another body than expected."""
        connection.parts.append(data)
        connection.missing -= len(data)
        if connection.missing > 0:
            return
        connection.parts = [b"".join(connection.parts)]
        found = complete(connection.parts[0])
        if isinstance(found, int):
            connection.missing = found
            return
        status, body, closes = found
        connection.parts, connection.missing = [], 0
        if status != 200:
            self.counts[str(status)] += 1
        elif not self.plan.once and connection.answer in (None, body):
            self.counts["ok"] += 1
        else:
            self.counts["wrong"] += 1
            if self.plan.once or len(self.mismatches) < KEPT_MISMATCHES:
                self.mismatches.append((connection.index, body.decode(errors="replace")))
        if closes:
            self._close(connection)
        self._next(connection)

    def _next(self, connection: Connection) -> None:
        now = time.perf_counter()
        self.latencies.append(now - connection.started)
        self.in_time += now <= self.end
        if self.plan.fresh:
            self._close(connection)
        if self.plan.pause:
            self.resting.append((now + self.plan.pause, connection))
        else:
            self._send(connection)

    def _lose(self, connection: Connection, reason: str) -> None:
        self.counts["lost"] += 1
        self.reasons[reason] += 1
        self._close(connection)
        self.resting.append((time.perf_counter() + 0.01, connection))

    def _close(self, connection: Connection) -> None:
        connection.parts, connection.missing, connection.unsent = [], 0, memoryview(b"")
        if connection.socket is not None:
            self.open.pop(connection.socket.fileno(), None)
            connection.socket.close()
            connection.socket = None

    def _report(self, cpu: float) -> dict[str, Any]:
        ordered = sorted(self.latencies) or [0.0]
        return {
            "counts": dict(self.counts),
            "reasons": dict(self.reasons),
            "mismatches": self.mismatches,
            "per_second": self.in_time / self.plan.seconds,
            "p50": ordered[len(ordered) // 2],
            "p99": ordered[min(len(ordered) - 1, int(len(ordered) * 0.99))],
            "longest": ordered[-1],
            "cpu_per_request": cpu / max(1, len(self.latencies)),
        }


if __name__ == "__main__":
    json.dump(Generator(Plan(**json.load(sys.stdin))).run(), sys.stdout)
