"""Lambda's runtime API over HTTP, one server for each execution environment of a container image.

https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html: `GET invocation/next` waits for an event, `POST invocation/ID/response` and
`/error` end it, `POST init/error` says that there will be none. Whoever speaks this protocol is a runtime: the container does not notice
that Lambda is not there.
"""

from __future__ import annotations

import json
import re
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from slipway.localaws.functions.worker import LARGEST_ANSWER

_PATH = re.compile(r"/2018-06-01/runtime/(?:init/error|invocation/(?:next|([0-9a-f-]+)/(response|error)))")
Reply = tuple[bool, bytes]
"""Whether it is an error, and the body."""


class RuntimeApi:
    """The server's side. `address` is what AWS_LAMBDA_RUNTIME_API says. One event at a time."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._waits = False
        self._failed: bytes | None = None
        self._event: tuple[str, dict[str, str], bytes] | None = None
        self._current = ""
        self._reply: Reply | None = None
        self._closed = False
        self._server = _Server(self)
        self.address = f"127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 1}, name="local-aws-runtime-api", daemon=True).start()

    def initialised(self, seconds: float) -> bool:
        """Wait until the runtime has asked for its first event, or has said that it cannot; whether it has done either."""
        with self._changed:
            return self._changed.wait_for(lambda: self._waits or self._failed is not None or self._closed, max(0.0, seconds))

    @property
    def problem(self) -> dict[str, Any] | None:
        """What `init/error` reported."""
        return None if self._failed is None else _document(self._failed)

    def hand(self, request_id: str, arn: str, event: bytes, seconds: float) -> None:
        """Give an event to the runtime, due in so many seconds."""
        headers = {
            "Lambda-Runtime-Aws-Request-Id": request_id,
            "Lambda-Runtime-Deadline-Ms": str(int((time.time() + seconds) * 1000)),
            "Lambda-Runtime-Invoked-Function-Arn": arn,
        }
        with self._changed:
            self._event, self._current, self._reply = (request_id, headers, event), request_id, None
            self._changed.notify_all()

    def reply(self, seconds: float) -> Reply | None:
        """Wait for the answer to the event; None when it did not come in time."""
        with self._changed:
            self._changed.wait_for(lambda: self._reply is not None or self._closed, max(0.0, seconds))
            return self._reply

    def close(self) -> None:
        """End the server and everybody who waits. A second call does nothing."""
        with self._changed:
            if self._closed:
                return
            self._closed = True
            self._changed.notify_all()
        threading.Thread(target=self._server.end, name="local-aws-runtime-api-end", daemon=True).start()

    # --- what the runtime asks; called by the server's threads ---

    def next(self) -> tuple[dict[str, str], bytes] | None:
        """The next event's headers and body, as soon as there is one; None at the end."""
        with self._changed:
            self._waits = True
            self._changed.notify_all()
            self._changed.wait_for(lambda: self._event is not None or self._closed)
            if self._event is None:
                return None
            (_, headers, body), self._event = self._event, None
            return headers, body

    def replied(self, request_id: str, *, failed: bool, body: bytes) -> tuple[int, str]:
        """Take the answer to an event; status and error type of what the runtime is told."""
        with self._changed:
            if request_id != self._current or self._reply is not None:
                return 400, "InvalidRequestID"
            if len(body) > LARGEST_ANSWER:
                return 413, "RequestEntityTooLarge"
            self._reply = (failed, body)
            self._changed.notify_all()
            return 202, ""

    def not_initialised(self, body: bytes) -> tuple[int, str]:
        """Take the report that there will be no runtime."""
        with self._changed:
            if self._waits:
                return 403, "InvalidStateTransition"
            self._failed = body
            self._changed.notify_all()
            return 202, ""


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, api: RuntimeApi) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.api = api

    def end(self) -> None:
        """Stop listening, which takes until the server looks up again."""
        self.shutdown()
        self.server_close()

    def handle_error(self, request: object, client_address: object) -> None:
        """A runtime that was killed while it waited is no news."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def do_GET(self) -> None:
        found = self.server.api.next() if self.path.endswith("/invocation/next") and _PATH.fullmatch(self.path) else None
        if found is None:
            self._send(404, json.dumps({"errorType": "NotFound"}).encode(), {})
        else:
            self._send(200, found[1], found[0])

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        match = _PATH.fullmatch(self.path)
        if match is None:
            status, kind = 404, "NotFound"
        elif match.group(1):
            status, kind = self.server.api.replied(match.group(1), failed=match.group(2) == "error", body=body)
        else:
            status, kind = self.server.api.not_initialised(body)
        self._send(status, json.dumps({"errorType": kind} if kind else {"status": "OK"}).encode(), {})

    def log_message(self, format: str, *args: object) -> None:
        """Requests are not logged: they are part of an invocation, which is."""

    def _send(self, status: int, body: bytes, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in {**headers, "Content-Type": "application/json", "Content-Length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)


def _document(body: bytes) -> dict[str, Any]:
    try:
        content = json.loads(body)
    except ValueError:
        content = None
    return content if isinstance(content, dict) else {"errorType": "Runtime.Unknown", "errorMessage": "the runtime did not start"}
