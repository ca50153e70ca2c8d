"""A worker process: one event loop, one predictor thread, one listening socket of its own.

SIGQUIT: stop taking connections, finish what is there, end. SIGTERM: answer what is there with 503, end.
"""

from __future__ import annotations

import asyncio
import gc
import os
import signal
import socket
import time
from typing import Any

import uvloop
from predictor import Predictor, Request
from settings import Settings

from serving import processes
from serving.board import Column, State
from serving.engine import Engine
from serving.errors import Response, failure
from serving.log import log
from serving.protocol import Connection

RECYCLED = 75
"""Exit code of a worker that ended because its prediction was stuck."""
_BEAT = 0.25


def route(method: str, path: str, request: Request) -> Request | Response:
    """The paths of a single-model worker; nginx sends no others."""
    if path != "/invocations":
        return failure(404, "there is nothing at this path", request.request_id)
    if method != "POST":
        return failure(405, "this path does not take this method", request.request_id)
    return request


class Worker:
    """What one worker process holds. `models` answers: a Predictor, or the registry of a multi-model container."""

    def __init__(self, models: Any, number: int, row: Any, settings: Settings) -> None:
        self._models, self._number, self._row, self._settings = models, number, row, settings
        self._connections: set[Connection] = set()
        self._stopping = False

    def run(self, listener: socket.socket) -> None:
        """Serve until a signal or a limit ends it."""
        gc.set_threshold(10_000, 50, 100)
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(self._serve(listener))

    async def _serve(self, listener: socket.socket) -> None:
        self._loop = asyncio.get_running_loop()
        self._done = self._loop.create_future()
        self._engine = Engine(self._models.answer, lambda: bool(self._models.batches), self._settings, self._row, self._stuck)
        self._engine.start()
        own_route = getattr(self._models, "route", route)
        self._server = await self._loop.create_unix_server(
            lambda: Connection(self._engine, own_route, self._settings.timeout, self._connections), sock=listener, backlog=2048
        )
        self._loop.add_signal_handler(signal.SIGQUIT, self.finish)
        self._loop.add_signal_handler(signal.SIGTERM, self._abandon)
        self._first = self._row[Column.REQUESTS]
        self._row[Column.STATE] = State.READY
        self._beat()
        log("debug", "worker_ready", worker=self._number)
        await self._done

    def _beat(self) -> None:
        """A few times a second: show that the loop runs, look at the limits."""
        row, settings = self._row, self._settings
        row[Column.BEAT] = time.monotonic()
        if not self._engine.alive():
            log("error", "predictor_thread_ended", worker=self._number)
            self._stuck()
            return
        if self._engine.swollen and not self._engine.pending:
            self._engine.swollen = False
            processes.return_freed_memory()
        served = row[Column.REQUESTS] - self._first
        if settings.max_requests and served >= settings.max_requests:
            self._recycle("max_requests", served=int(served))
        elif settings.max_memory and processes.resident() > settings.max_memory:
            self._recycle("max_memory", bytes=processes.resident())
        if self._stopping and not self._engine.pending:
            self._end()
            return
        self._loop.call_later(0.01 if self._stopping else _BEAT, self._beat)

    def _recycle(self, reason: str, **details: Any) -> None:
        if not self._stopping:
            log("info", "worker_recycled", worker=self._number, reason=reason, **details)
            self.finish()

    def finish(self) -> None:
        """Take no new connection, finish what is there, then end. nginx's idle connections are closed; it makes new ones elsewhere."""
        if self._stopping:
            return
        self._stopping = True
        self._row[Column.STATE] = State.STOPPING
        self._server.close()
        for connection in list(self._connections):
            connection.close_after_reply()
        self._loop.call_later(0.01, self._beat)

    def _abandon(self) -> None:
        self._engine.fail_all(503, "the server is stopping")
        self._end()

    def _stuck(self) -> None:
        """The prediction cannot be stopped, the process can: what was overdue has its 504, the rest goes to another worker."""
        log("error", "worker_stuck", worker=self._number, timeout_seconds=self._settings.timeout)
        self._row[Column.STATE] = State.STOPPING
        self._server.close()  # First: nginx asks again at once, and must not reach this process.
        for connection in list(self._connections):
            connection.drop()
        self._loop.call_later(0.05, os._exit, RECYCLED)

    def _end(self) -> None:
        for connection in list(self._connections):
            connection.close_after_reply()
        self._loop.call_later(0.02, os._exit, 0)


def main(models: Any, number: int, listener: socket.socket, row: Any, settings: Settings) -> None:
    """The life of a worker process, called in the forked child. Loads the model itself when `models` is None (no preload)."""
    processes.set_name(f"worker-{number}")
    processes.tune_malloc()
    if models is None:
        models = Predictor.configured(settings.model_dir, settings)
    Worker(models, number, row, settings).run(listener)
