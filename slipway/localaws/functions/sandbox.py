"""One execution environment: a process with a function's handler, warm after its first request."""

from __future__ import annotations

import json
import os
import secrets
import select
import signal
import subprocess
import sys
import threading
import time
from contextlib import suppress
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from slipway.localaws.functions import settings, worker
from slipway.localaws.functions.definition import Function
from slipway.terraform.local_target import SECRET


class Ended(Exception):
    """The process ended without an answer; the text says how."""


class TimedOut(Exception):
    """No answer in time. The process has been killed."""


class Sandbox:
    """A process and its pipes. Used by one request at a time."""

    def __init__(self, function: Function, task: Path, scratch: Path) -> None:
        self.function = function
        self.used = time.monotonic()
        self.cold = True
        self.logged = False
        self.init_seconds = 0.0
        today = datetime.now(timezone.utc).strftime("%Y/%m/%d")
        self.stream = f"{today}/[{function.version}]{secrets.token_hex(16)}"
        self._output = _Output()
        self._answers = b""
        self._start(task, scratch)

    def _start(self, task: Path, scratch: Path) -> None:
        child_reads, self._requests = os.pipe()
        self._replies, child_writes = os.pipe()
        output, child_output = os.pipe()
        try:
            self._process = subprocess.Popen(
                [sys.executable, "-s", worker.__file__, str(child_reads), str(child_writes), str(task)],
                stdin=subprocess.DEVNULL,
                stdout=child_output,
                stderr=child_output,
                cwd=task,
                env=variables(self.function, self.stream, scratch),
                pass_fds=(child_reads, child_writes),
                start_new_session=True,
            )
        finally:
            for descriptor in (child_reads, child_writes, child_output):
                os.close(descriptor)
        threading.Thread(target=self._output.read, args=(output,), name="local-aws-function-output", daemon=True).start()

    def wait_until_ready(self) -> dict[str, Any] | None:
        """Wait for the handler's import. Returns Lambda's error when it failed. Raises Ended or TimedOut."""
        started = time.monotonic()
        head, body = self._reply(started + settings.INIT_SECONDS)
        self.init_seconds = time.monotonic() - started
        error: dict[str, Any] | None = json.loads(body) if head["failed"] else None
        return error

    def invoke(self, request_id: str, event: bytes) -> tuple[bool, bytes]:
        """Run the handler. Returns whether it failed, and what it answered. Raises Ended or TimedOut."""
        seconds = self.function.timeout
        head = {"request_id": request_id, "arn": self.function.arn, "seconds": seconds, "length": len(event)}
        deadline = time.monotonic() + seconds
        try:
            _write(self._requests, json.dumps(head).encode() + b"\n" + event)
        except OSError:
            raise Ended(self._how()) from None
        answer, body = self._reply(deadline)
        self.used = time.monotonic()
        return bool(answer["failed"]), body

    def lines(self, request_id: str, seconds: float = 1.0) -> list[str]:
        """What a request has written since the one before; waits at most so long for the end of it."""
        return self._output.until(request_id, seconds)

    def alive(self) -> bool:
        """Whether the process runs."""
        return self._process.poll() is None

    def kill(self) -> None:
        """End the process and everything it started; a request under way fails. A second call does nothing."""
        if self._process.returncode is None:  # until it is waited for, nobody else has its number
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()

    def close(self) -> None:
        """Kill it and close its pipes. Only for the request that uses it, or when none does."""
        self.kill()
        requests, self._requests = self._requests, -1
        replies, self._replies = self._replies, -1
        for descriptor in (requests, replies):
            if descriptor >= 0:
                os.close(descriptor)

    def _reply(self, deadline: float) -> tuple[dict[str, Any], bytes]:
        while True:
            line, found, rest = self._answers.partition(b"\n")
            if found:
                head: dict[str, Any] = json.loads(line)
                if len(rest) >= head["length"]:
                    self._answers = rest[head["length"] :]
                    return head, rest[: head["length"]]
            self._more(deadline)

    def _more(self, deadline: float) -> None:
        poll = select.poll()
        poll.register(self._replies, select.POLLIN)
        if not poll.poll(max(0.0, (deadline - time.monotonic()) * 1000)):
            self.kill()
            raise TimedOut
        chunk = os.read(self._replies, 1 << 20)
        if not chunk:
            raise Ended(self._how())
        self._answers += chunk

    def _how(self) -> str:
        try:
            code = self._process.wait(2)
        except subprocess.TimeoutExpired:
            return "Runtime exited without providing a reason"
        if code < 0:
            return f"Runtime exited with error: signal: {signal.Signals(-code).name.removeprefix('SIG').lower()}"
        return f"Runtime exited with error: exit status {code}" if code else "Runtime exited without providing a reason"


def variables(function: Function, stream: str, scratch: Path) -> dict[str, str]:
    """What the process finds in its environment: Lambda's own variables, the way to the local AWS, and the function's."""
    lambda_own = {
        "_HANDLER": function.handler,
        "AWS_EXECUTION_ENV": f"AWS_Lambda_{function.runtime}",
        "AWS_LAMBDA_FUNCTION_NAME": function.name,
        "AWS_LAMBDA_FUNCTION_VERSION": function.version,
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(function.memory),
        "AWS_LAMBDA_LOG_GROUP_NAME": function.log_group,
        "AWS_LAMBDA_LOG_STREAM_NAME": stream,
        "AWS_LAMBDA_LOG_FORMAT": function.logging.get("LogFormat", "Text"),
        "AWS_LAMBDA_LOG_LEVEL": function.logging.get("ApplicationLogLevel", ""),
        "AWS_REGION": function.region,
        "AWS_DEFAULT_REGION": function.region,
    }
    local = {
        "AWS_ACCESS_KEY_ID": function.account,
        "AWS_SECRET_ACCESS_KEY": SECRET,
        "AWS_ENDPOINT_URL": settings.url(),
        "AWS_EC2_METADATA_DISABLED": "true",
        "NO_PROXY": "127.0.0.1,localhost",
        "http_proxy": settings.url(),  # which passes requests on to load balancers
    }
    machine = {"PATH": os.environ.get("PATH", os.defpath), "HOME": str(scratch), "TMPDIR": str(scratch)}
    return {"LANG": "en_US.UTF-8", "PYTHONUTF8": "1", "TZ": ":UTC", **machine, **function.variables, **lambda_own, **local}


def _write(descriptor: int, data: bytes) -> None:
    if descriptor < 0:
        raise OSError("closed")
    view = memoryview(data)
    while view:
        view = view[os.write(descriptor, view) :]


class _Output:
    """Standard output and error of a process, cut into requests by the worker's marks."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._lines: list[str] = []
        self._ended: dict[str, list[str]] = {}
        self._closed = False

    def read(self, descriptor: int) -> None:
        """Take in everything until the process has ended."""
        with os.fdopen(descriptor, "rb") as source:
            for raw in source:
                line = raw.decode("utf-8", "replace").rstrip("\n").replace("\r", "\n")
                with self._changed:
                    before, mark, request_id = line.partition(worker.MARK)
                    if before:
                        self._lines.append(before)
                    if mark and request_id != "init":
                        self._ended[request_id] = self._take()
                        self._changed.notify_all()
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    def until(self, request_id: str, seconds: float) -> list[str]:
        """The lines of one request; of one that never ended, what there is once the process has."""
        with self._changed:
            self._changed.wait_for(lambda: request_id in self._ended or self._closed, seconds)
            found = self._ended.pop(request_id, None)
            return self._take() if found is None else found

    def _take(self) -> list[str]:
        lines, self._lines = self._lines, []
        return lines
