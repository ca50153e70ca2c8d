"""A container that runs: requests, readiness, log, end."""

from __future__ import annotations

import os
import signal
import subprocess
import threading
import time
import weakref
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from types import TracebackType

from slipway.containers.client import Client, ConnectionFailed, Response
from slipway.containers.marks import kill_marked
from slipway.errors import SlipwayError

PING_TIMEOUT = 2.0
"""Seconds SageMaker gives `GET /ping` (SageMaker developer guide, "Custom Inference Code with Hosting Services")."""
_KILL_WAIT = 10.0
_SHOWN_LINES = 20


class ContainerFailed(SlipwayError):
    """A container ended, or was not ready in time. `log_tail`: its last lines; `code`: its exit code, None while it runs."""

    def __init__(self, message: str, log_tail: list[str], code: int | None) -> None:
        shown = "".join(f"\n  | {line}" for line in log_tail[-_SHOWN_LINES:]) or " (its log is empty)"
        details = {"log_tail": log_tail, "exit_code": code}
        super().__init__(
            f"{message}; last lines of its log:{shown}", fix="correct the container or the model; the whole log is in its folder"
        )
        self.details = details
        self.summary = message
        self.log_tail = log_tail
        self.exit_code_of_container = code


class Running:
    """One container, kept by a `keeper` process whose standard input is the lifeline.

    `port`: where it listens on 127.0.0.1. `pid`: its main process. `log`: stdout and stderr in one file. `base`: what the container
    sees as SAGEMAKER_BASE_DIR. All methods may be called from any thread, and again after its end. As a context manager it is
    killed at the end of the block if it still runs, and so is one that nobody refers to any more: hold on to it.
    Of a long log the last 64 MiB stay on disk (`keeper.trim`); what was before reads as zeros, which `LogReader` passes over.
    """

    def __init__(
        self, process: subprocess.Popen[bytes], pid: int, port: int, log: Path, name: str, *, base: str = "/opt/ml", identity: str = ""
    ) -> None:
        self.port, self.pid, self.log, self.name, self.base, self.identity = port, pid, log, name, base, identity
        self._process = process
        self._client = Client(port)
        self._ending = threading.Lock()
        if process.stdin is not None:
            weakref.finalize(self, process.stdin.close)

    def __enter__(self) -> Running:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.kill()

    def request(
        self,
        method: str,
        path: str,
        body: bytes | Iterable[bytes] = b"",
        headers: Mapping[str, str] | None = None,
        *,
        timeout: float = 70.0,
    ) -> Response:
        """See `Client.request`. Raises ConnectionFailed."""
        return self._client.request(method, path, body, headers, timeout=timeout)

    def wait_until_ready(self, timeout: float) -> float:
        """Seconds until `GET /ping` gave 200. Raises ContainerFailed when it ended before, or `timeout` seconds were not enough."""
        started = time.monotonic()
        pause, last = 0.005, "nothing listens on its port"
        while True:
            try:
                answer = self.request("GET", "/ping", timeout=PING_TIMEOUT)
                if answer.status == 200:
                    return time.monotonic() - started
                last = f"/ping gave {answer.status}"
            except ConnectionFailed as error:
                last = error.message
            if not self.alive():
                raise self.failed(f"{self.name} ended with exit code {self.exit_code()} before it was ready")
            if time.monotonic() - started > timeout:
                raise self.failed(f"{self.name} was not ready after {timeout:g} s: {last}")
            time.sleep(pause)
            pause = min(pause * 1.3, 0.1)

    def wait(self, timeout: float | None = None) -> int:
        """Wait for its end, such as that of a training job; its exit code. ContainerFailed after `timeout` seconds; it runs on then."""
        try:
            return _as_docker(self._process.wait(timeout))
        except subprocess.TimeoutExpired:
            raise self.failed(f"{self.name} still ran after {timeout:g} s") from None

    def alive(self) -> bool:
        """Whether its main process runs."""
        return self._process.poll() is None

    def exit_code(self) -> int | None:
        """Exit code of its main process as docker reports it: 128 + n for signal n; None while it runs."""
        code = self._process.poll()
        return None if code is None else _as_docker(code)

    def log_tail(self, lines: int = 50) -> list[str]:
        """The last lines of its log, at most 64 KiB of it."""
        try:
            with self.log.open("rb") as stream:
                stream.seek(max(0, self.log.stat().st_size - 65_536))
                return stream.read().decode("utf-8", "replace").splitlines()[-lines:] if lines > 0 else []
        except OSError:
            return []

    def terminate(self, grace: float = 30.0) -> int:
        """SIGTERM as SageMaker sends it, SIGKILL to all of it after `grace` seconds; the exit code. No process is left."""
        if self.alive():
            self._signal(signal.SIGTERM)
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(grace)
        self.kill()
        return _as_docker(self._process.wait())

    def kill(self) -> None:
        """SIGKILL every process of the container and wait until they are gone. Repeating it is harmless."""
        with self._ending:
            if self._process.stdin is not None:
                self._process.stdin.close()
            try:
                self._process.wait(_KILL_WAIT)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
            if self._process.returncode < 0 and self.identity:
                kill_marked(self.identity)  # somebody killed the keeper, which would have done it
        self._client.close()

    def failed(self, message: str) -> ContainerFailed:
        """The error to raise about this container, with the end of its log."""
        return ContainerFailed(message, self.log_tail(), self.exit_code())

    def _signal(self, number: int) -> None:
        try:
            os.kill(self._process.pid, number)
        except ProcessLookupError:
            return


def _as_docker(code: int) -> int:
    """`subprocess` gives -n for signal n, docker 128 + n."""
    return 128 - code if code < 0 else code
