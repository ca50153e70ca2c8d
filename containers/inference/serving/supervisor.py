"""Process 1 of the container: starts nginx and the master, answers /ping, ends with them. It never touches the model.

    supervisor --+-- nginx (8080) ---------- /ping, /metrics --> supervisor
                 |                `--------- /invocations -----> worker-0, worker-1, ...
                              |-- master (loads the model) -- forks --> worker-0, worker-1, ...
                 `-- bridge (in AWS Lambda only) -- asks nginx

Whoever of them ends unasked takes the container with it, so that SageMaker replaces it. Every child
dies with its parent (PR_SET_PDEATHSIG).
"""

from __future__ import annotations

import contextlib
import dataclasses
import os
import selectors
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from settings import Settings

from serving import bridge, master, metrics, nginx, processes, sockets
from serving.board import Board, Column
from serving.errors import Response, failure
from serving.health import HealthServer
from serving.log import log, write
from serving.relay import Relay

_TICK = 0.25
_BLINK = 2.0
"""Seconds /ping still says 200 after the last worker ended: its replacement is promised within them, and requests wait for it."""
_SILENCE = 5.0
"""Seconds without a sign of life after which a master is given up: nobody would replace dead workers."""
_FROZEN = 2.0
"""Seconds without a step of our own from which on everybody was frozen: AWS Lambda stops all processes between two requests."""
_STOP_SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGQUIT)
_THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMEXPR_NUM_THREADS")


def resolved(settings: Settings) -> Settings:
    """The settings with worker and thread counts worked out from the vCPUs. A Lambda function has one request at a time: one worker."""
    cpus = processes.vcpus()
    workers = settings.workers or (1 if settings.runtime_api else cpus)
    if workers > cpus:
        log("warning", "more_workers_than_vcpus", workers=workers, vcpus=cpus)
    return dataclasses.replace(settings, workers=workers, threads=settings.threads or max(1, cpus // workers))


class Supervisor:
    """Runs the container; `run` gives its exit code."""

    def __init__(self, settings: Settings) -> None:
        self._settings = resolved(settings)
        self._board = Board(self._settings.workers)
        self._selector = selectors.DefaultSelector()
        self._stopping = False
        self._last_ready = 0.0
        self._relays: list[Relay] = []
        self._nginx: subprocess.Popen[bytes] | None = None
        self._master = self._bridge = 0
        self._stepped = self._thawed = 0.0

    def run(self) -> int:
        """0 after SIGTERM, 1 when a part failed or could not be started."""
        started = time.monotonic()
        try:
            scratch = Path(tempfile.mkdtemp(prefix="slipway-", dir=self._settings.scratch))
        except OSError as error:
            log("error", "start_failed", reason=f"the scratch folder {self._settings.scratch} cannot be written: {error.strerror}")
            return 1
        self._settings = dataclasses.replace(self._settings, scratch=scratch)
        try:
            self._start(scratch)
            return self._watch(started)
        except OSError as error:
            log("error", "start_failed", reason=str(error))
            return 1
        finally:
            for number in _STOP_SIGNALS:  # A second SIGTERM must not turn an orderly end into another exit code.
                signal.signal(number, signal.SIG_IGN)
            self._kill()
            shutil.rmtree(scratch, ignore_errors=True)

    # --- start ---

    def _start(self, scratch: Path) -> None:
        sockets.check_port(self._settings.host, self._settings.port)
        self._watch_signals()
        listeners = [sockets.listen(scratch, f"worker-{number}.sock") for number in range(self._settings.workers)]
        health = sockets.listen(scratch, "supervisor.sock")
        self._nginx = nginx.start(self._settings, scratch)
        for variable in _THREADS:
            os.environ.setdefault(variable, str(self._settings.threads))
        self._master = self._fork(lambda parent: master.main(listeners, self._board, self._settings, parent))
        if self._settings.runtime_api:
            self._bridge = self._fork(lambda parent: bridge.main(self._settings, self._board.any_ready, parent))
        for listener in listeners:
            listener.close()
        HealthServer(health, self._selector, self._answer)
        self._relays = [Relay(self._nginx.stdout, self._selector, write), Relay(self._nginx.stderr, self._selector, _log_errors)]

    def _watch_signals(self) -> None:
        wake, waker = socket.socketpair()
        for end in (wake, waker):
            end.setblocking(False)
        self._waker = waker
        signal.set_wakeup_fd(waker.fileno(), warn_on_full_buffer=False)
        self._selector.register(wake, selectors.EVENT_READ, _drain)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        for number in _STOP_SIGNALS:
            signal.signal(number, self._on_stop)

    def _on_stop(self, number: int, frame: object) -> None:
        self._stopping = True

    def _fork(self, live: Callable[[int], int]) -> int:
        """A child that lives by `live(our id)`, which gives its exit code; its id."""
        parent = os.getpid()
        child = os.fork()
        if child:
            return child
        code = 1
        try:
            os.setpgid(0, 0)
            signal.set_wakeup_fd(-1)
            for number in (signal.SIGTERM, signal.SIGQUIT):
                signal.signal(number, signal.SIG_DFL)
            signal.signal(signal.SIGINT, signal.SIG_IGN)
            self._selector.close()
            code = live(parent)
        finally:
            os._exit(code)

    # --- life ---

    def _watch(self, started: float) -> int:
        ready = False
        while not self._stopping:
            self._step(_TICK)
            now = time.monotonic()
            if self._board.any_ready():
                self._last_ready = now
                if not ready:
                    ready = True
                    log("info", "ready", seconds=round(now - started, 3), workers=self._settings.workers, port=self._settings.port)
            ended = self._ended()
            if ended:
                log("error", "container_failed", reason=ended)
                bridge.tell_failed_start(self._settings, ended)
                return 1
        return self._drain_and_end()

    def _step(self, seconds: float) -> None:
        for key, _ in self._selector.select(seconds):
            key.data(key.fileobj)
        now = time.monotonic()
        if now - self._stepped > _FROZEN:
            self._thawed = now
        self._stepped = now

    def _ended(self) -> str:
        """Which part has ended unasked, empty for none."""
        assert self._nginx is not None  # noqa: S101
        code = self._nginx.poll()
        if code is not None:
            return f"nginx ended with exit code {code}"
        child, status = os.waitpid(self._master, os.WNOHANG)
        if child:
            self._master = 0
            code = os.waitstatus_to_exitcode(status)
            return "the model cannot be loaded" if code == master.LOAD_FAILED else f"the master ended with exit code {code}"
        if self._bridge and os.waitpid(self._bridge, os.WNOHANG)[0]:
            self._bridge = 0
            return "the bridge to Lambda ended"
        beat = self._board.master[Column.BEAT]
        if beat and time.monotonic() - max(beat, self._thawed) > _SILENCE:
            return f"the master did not run for {_SILENCE:g} s"
        return ""

    def _answer(self, path: str, request_id: str) -> Response:
        if path == "/metrics":
            return Response(200, "text/plain; version=0.0.4", metrics.text(self._board))
        alive = self._board.any_ready() or (self._last_ready and time.monotonic() - self._last_ready < _BLINK)
        if self._stopping or not alive:
            return failure(503, "the server is stopping" if self._stopping else "the model is not ready", request_id)
        return Response(200, "application/json", b"{}\n")

    # --- end ---

    def _drain_and_end(self) -> int:
        """Nginx closes its port and finishes what runs; what still runs after the drain time is answered 503."""
        log("info", "stopping", drain_seconds=self._settings.drain)
        assert self._nginx is not None  # noqa: S101
        self._nginx.send_signal(signal.SIGQUIT)
        self._until_nginx_ends(self._settings.drain)
        if self._master:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self._master, signal.SIGTERM)
        self._until_nginx_ends(1.0)
        log("info", "stopped")
        return 0

    def _until_nginx_ends(self, seconds: float) -> None:
        assert self._nginx is not None  # noqa: S101
        until = time.monotonic() + seconds
        while self._nginx.poll() is None and time.monotonic() < until:
            self._step(0.05)

    def _kill(self) -> None:
        """Leave nothing behind: the master's workers die with it."""
        if self._nginx is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._nginx.pid, signal.SIGKILL)
            self._nginx.wait()
            for relay in self._relays:
                relay.read()
        for child in filter(None, (self._master, self._bridge)):
            with contextlib.suppress(ProcessLookupError, ChildProcessError):
                os.kill(child, signal.SIGKILL)
                os.waitpid(child, 0)


def _log_errors(lines: bytes) -> None:
    for line in lines.splitlines():
        level, message = nginx.parse(line)
        log(level, "nginx", message=message)


def _drain(wake: Any) -> None:
    with contextlib.suppress(BlockingIOError):
        while wake.recv(4096):
            pass
