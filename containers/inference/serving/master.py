"""The master process: loads the model once, forks the workers from it (they share its memory), replaces those that end.

It is not process 1. The supervisor is, so that a model that takes minutes to load, or crashes the interpreter while it
loads, never leaves /ping unanswered.
"""

from __future__ import annotations

import gc
import os
import select
import signal
import socket
import time
from typing import Any

from settings import Settings

from serving import processes
from serving.board import Board, Column, State
from serving.fetch import fetch
from serving.log import log, log_exception

LOAD_FAILED = 3
"""Exit code of a master whose model cannot be loaded."""

_TICK = 0.2
_FROZEN = 2.0
"""Seconds without a step of our own from which on everybody was frozen, as between two requests in AWS Lambda: no worker is to blame."""
_GRACE = 1.0
_FAST_DEATH = 1.0
_FREE_DEATHS = 3
_MAX_DELAY = 1.0
"""A worker that keeps dying right after its start is started anew after a growing pause, well below the 2 s that are promised."""


class Master:
    """Forks and watches the workers. One listening socket per worker outlives them, so that connections wait for the replacement."""

    def __init__(self, models: Any, listeners: list[socket.socket], board: Board, settings: Settings) -> None:
        self._models, self._listeners, self._board, self._settings = models, listeners, board, settings
        self._workers: dict[int, int] = {}
        self._started: dict[int, float] = {}
        self._due: dict[int, float] = dict.fromkeys(range(len(listeners)), 0.0)
        self._deaths: dict[int, int] = {}
        self._stop, self._failed = 0, False
        self._wake, self._waker = socket.socketpair()

    def run(self) -> int:
        """Keep every worker alive until SIGTERM (workers answer 503 and end) or SIGQUIT (workers finish); then 0.

        LOAD_FAILED when the only worker of a Lambda function cannot load its model: nobody would wait for another try.
        """
        for end in (self._wake, self._waker):
            end.setblocking(False)
        signal.set_wakeup_fd(self._waker.fileno(), warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        for number in (signal.SIGTERM, signal.SIGQUIT):
            signal.signal(number, self._on_stop)
        self._beat(time.monotonic())
        while not self._stop and not self._failed:
            self._start_due()
            self._sleep(_TICK)
            self._beat(time.monotonic())
            self._reap()
            self._kill_overdue()
        return LOAD_FAILED if self._failed else self._end()

    def _beat(self, now: float) -> None:
        frozen = now - (self._board.master[Column.BEAT] or now)
        if frozen > _FROZEN:
            for row in map(self._board.row, self._workers.values()):
                row[Column.BEAT] = now
                if row[Column.DEADLINE]:
                    row[Column.DEADLINE] += frozen
        self._board.master[Column.BEAT] = now

    def _on_stop(self, number: int, frame: object) -> None:
        self._stop = number

    def _sleep(self, seconds: float) -> None:
        select.select([self._wake], [], [], seconds)
        try:
            while self._wake.recv(4096):
                pass
        except BlockingIOError:
            pass

    def _start_due(self) -> None:
        now = time.monotonic()
        for number in [number for number, due in self._due.items() if due <= now]:
            del self._due[number]
            self._fork(number)

    def _fork(self, number: int) -> None:
        row = self._board.row(number)
        row[Column.STATE], row[Column.DEADLINE], row[Column.PENDING] = State.STARTING, 0, 0
        row[Column.BEAT] = time.monotonic()
        row[Column.STARTS] += 1
        parent = os.getpid()
        child = os.fork()
        if child == 0:
            self._child(number, parent)
        row[Column.PID] = child
        self._workers[child], self._started[child] = number, time.monotonic()
        log("info", "worker_started", worker=number, worker_pid=child)

    def _child(self, number: int, parent: int) -> None:
        """The forked child: never returns."""
        code, row = 1, self._board.row(number)
        try:
            processes.die_with_parent(parent)
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            self._wake.close()
            self._waker.close()
            for other, listener in enumerate(self._listeners):
                if other != number:
                    listener.close()
            from serving import worker

            worker.main(self._models, number, self._listeners[number], row, self._settings)
            code = 0
        except BaseException as error:
            code = LOAD_FAILED if self._models is None and row[Column.STATE] == State.STARTING else 1
            log_exception("model_not_loaded" if code == LOAD_FAILED else "worker_failed", error, message=True, worker=number)
        finally:
            os._exit(code)

    def _reap(self) -> None:
        while self._workers:
            child, status = os.waitpid(-1, os.WNOHANG)
            if child == 0:
                return
            number = self._workers.pop(child, None)
            if number is None:
                continue
            row, now = self._board.row(number), time.monotonic()
            row[Column.STATE] = State.ABSENT
            fast = now - self._started.pop(child) < _FAST_DEATH
            self._deaths[number] = self._deaths.get(number, 0) + 1 if fast else 0
            surplus = self._deaths[number] - _FREE_DEATHS
            delay = min(_MAX_DELAY, 0.1 * 2**surplus) if surplus > 0 else 0.0
            self._due[number] = now + delay
            code = os.waitstatus_to_exitcode(status)
            self._failed = code == LOAD_FAILED and bool(self._settings.runtime_api)
            log("info" if code == 0 else "error", "worker_ended", worker=number, worker_pid=child, exit_code=code)

    def _kill_overdue(self) -> None:
        """End workers whose event loop cannot do it: the model holds the interpreter lock, or the process is stopped."""
        now = time.monotonic()
        for child, number in self._workers.items():
            row = self._board.row(number)
            deadline, silent = row[Column.DEADLINE], now - row[Column.BEAT]
            if (deadline and now > deadline + _GRACE) or (silent > self._settings.timeout + _GRACE and row[Column.STATE] != State.STARTING):
                log("error", "worker_killed", worker=number, worker_pid=child, reason="it does not answer")
                row[Column.DEADLINE], row[Column.BEAT] = 0, now
                os.kill(child, signal.SIGKILL)

    def _end(self) -> int:
        for child in self._workers:
            os.kill(child, self._stop)
        while self._workers:
            child, _ = os.waitpid(-1, 0)
            self._workers.pop(child, None)
        return 0


def main(listeners: list[socket.socket], board: Board, settings: Settings, parent: int) -> int:
    """The life of the master process, called in the forked child of the supervisor; its exit code."""
    processes.die_with_parent(parent)
    processes.set_name("master")
    try:
        fetch(settings)
        models = _load(settings)
    except (Exception, SystemExit) as error:
        log_exception("model_not_loaded", error, message=True, model_dir=str(settings.model_dir))
        return LOAD_FAILED
    gc.collect()
    gc.freeze()
    return Master(models, listeners, board, settings).run()


def _load(settings: Settings) -> Any:
    """The model for all workers, or None when each worker has to load its own.

    A process with native threads must not be forked: the threads do not exist in the child, but their locks do.
    So libraries that start threads while they load a model are loaded again in each worker. A Lambda function has one worker,
    which loads the model itself in any case: twice would double its cold start.
    """
    from serving import worker  # noqa: F401  (imported before the fork, so that workers share it)

    if settings.runtime_api:
        return None
    if settings.multi_model:
        from serving.multi_model import Models

        return Models(settings)
    from predictor import Predictor

    start = time.monotonic()
    predictor = Predictor.configured(settings.model_dir, settings)
    threads = processes.native_threads()
    log("info", "model_loaded", seconds=round(time.monotonic() - start, 3), batching=predictor.batches, preload=threads == 1)
    if threads > 1:
        log("warning", "no_preload", reason=f"loading the model left {threads - 1} native threads; every worker loads it again")
        return None
    return predictor
