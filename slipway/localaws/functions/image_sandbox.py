"""One execution environment of a function made of a container image: the image's own process, and a runtime API of its own."""

from __future__ import annotations

import secrets
import signal
import threading
import time
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from slipway.containers.log_reader import LogReader
from slipway.containers.running import Running
from slipway.containers.source import SavedImage
from slipway.errors import SlipwayError
from slipway.localaws import logwriter
from slipway.localaws.functions import settings
from slipway.localaws.functions.definition import Function
from slipway.localaws.functions.runtime_api import RuntimeApi
from slipway.localaws.functions.sandbox import Ended, Sandbox, TimedOut, variables
from slipway.localaws.hosting import containers, folders
from slipway.localaws.hosting.images import find_image, save_image

_MACHINE = frozenset({"PATH", "HOME", "TMPDIR", "LANG", "PYTHONUTF8", "TZ", "_HANDLER", "AWS_EXECUTION_ENV"})
"""Variables of a packaged handler's process that the image brings itself or does without."""
_TICK = 0.1


class ImageSandbox:
    """A container and its runtime API. Used by one request at a time; the same face as `Sandbox`."""

    def __init__(self, function: Function, scratch: Path, provisioned: bool = False) -> None:
        self.function = function
        self._kind = "provisioned-concurrency" if provisioned else "on-demand"
        self.used = time.monotonic()
        self.cold = True
        self.logged = False
        self.init_seconds = 0.0
        today = datetime.now(timezone.utc).strftime("%Y/%m/%d")
        self.stream = f"{today}/[{function.version}]{secrets.token_hex(16)}"
        self._folder = scratch
        self._api = RuntimeApi()
        self._reading = threading.Lock()
        self._unread: list[str] = []
        self._started = time.monotonic()
        self._running = self._start()
        self._log = LogReader(self._running.log)

    def _start(self) -> Running:
        from slipway.containers.launch import start

        image = find_image(self.function.image)
        if image is None:
            raise SlipwayError(f"the local ECR has no image {self.function.image}", fix="push it: `slipway image push`")
        given = variables(self.function, self.stream, self._folder)
        environment = {name: value for name, value in given.items() if name not in _MACHINE}
        environment |= {"AWS_LAMBDA_RUNTIME_API": self._api.address, "AWS_LAMBDA_INITIALIZATION_TYPE": self._kind}
        source = SavedImage(save_image(image, folders.images()))
        try:
            return containers.launch(lambda: start(source, "serve", root=self._folder, environment=environment))
        except BaseException:
            self._api.close()
            folders.remove(self._folder)
            raise

    def wait_until_ready(self) -> dict[str, Any] | None:
        """Wait for the first request for an event. Returns Lambda's error when the container reported one. Raises Ended or TimedOut."""
        deadline = self._started + settings.INIT_SECONDS
        while not self._api.initialised(_TICK):
            self._check(deadline)
        self.init_seconds = time.monotonic() - self._started
        return self._api.problem

    def invoke(self, request_id: str, event: bytes) -> tuple[bool, bytes]:
        """Hand over an event. Returns whether it failed, and what was answered. Raises Ended or TimedOut; the container is killed then."""
        deadline = time.monotonic() + self.function.timeout
        self._api.hand(request_id, self.function.arn, event, self.function.timeout)
        while (reply := self._api.reply(min(_TICK, deadline - time.monotonic()))) is None:
            self._check(deadline)
        self.used = time.monotonic()
        return reply

    def lines(self, request_id: str, seconds: float = 1.0) -> list[str]:
        """What the container has written since the last time."""
        with self._reading:
            self._read()
            found, self._unread = self._unread, []
            return found

    def alive(self) -> bool:
        """Whether the container runs."""
        return self._running.alive()

    def kill(self) -> None:
        """End all processes of the container; a request under way fails. A second call does nothing."""
        self._running.kill()
        containers.forget(self._running)
        self._api.close()

    def close(self) -> None:
        """Kill it, write what it still had to log, remove its folder. Only for the request that uses it, or when none does."""
        self.kill()
        with self._reading:
            self._read()
            self._unread += [_line(line) for line in self._log.rest()]
        function = self.function
        last = logwriter.Batch(function.account, function.region, function.log_group, self.stream, lambda: self.lines(""))
        logwriter.put(last)
        folders.remove(self._folder)

    def _read(self) -> None:
        while (lines := self._log.read()) is not None:
            self._unread += map(_line, lines)

    def _check(self, deadline: float) -> None:
        if not self.alive():
            raise Ended(_how(self._running.exit_code()))
        if time.monotonic() >= deadline:
            self.kill()
            raise TimedOut


def _line(raw: bytes) -> str:
    return raw.decode("utf-8", "replace").rstrip("\r")


def _how(code: int | None) -> str:
    if not code:
        return "Runtime exited without providing a reason"
    if code > 128:
        return f"Runtime exited with error: signal: {signal.Signals(code - 128).name.removeprefix('SIG').lower()}"
    return f"Runtime exited with error: exit status {code}"


AnySandbox = Sandbox | ImageSandbox
