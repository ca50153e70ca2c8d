"""HTTP/1.1 as a worker speaks it with nginx: httptools parses, asyncio's Protocol writes, no framework in between."""

from __future__ import annotations

import asyncio
import io
import os
import threading
import time
from collections.abc import Callable
from http import HTTPStatus
from typing import Any

import httptools
from predictor import Request

from serving.engine import Engine, Job
from serving.errors import Response, failure

_HEADS = {status.value: f"HTTP/1.1 {status.value} {status.phrase}\r\nContent-Type: ".encode() for status in HTTPStatus}

Route = Callable[[str, str, Request], "Request | Response"]
"""(method, path, request) -> the request for the predictor thread, or an answer at once."""


class Connection(asyncio.Protocol):
    """One connection of nginx; one request on it at a time."""

    __slots__ = (
        "_chunks",
        "_closing",
        "_engine",
        "_first",
        "_headers",
        "_job",
        "_lock",
        "_open",
        "_parser",
        "_route",
        "_socket",
        "_timeout",
        "_transport",
        "_url",
    )

    def __init__(self, engine: Engine, route: Route, timeout: float, connections: set[Connection]) -> None:
        self._engine, self._route, self._timeout, self._open = engine, route, timeout, connections
        self._parser: Any = httptools.HttpRequestParser(self)
        self._transport: Any = None
        self._job: Job | None = None
        self._closing = False
        self._url = b""
        self._headers: dict[bytes, bytes] = {}
        self._first = b""
        self._chunks: io.BytesIO | None = None
        self._lock = threading.Lock()  # holds _socket open while the predictor thread writes to it
        self._socket = -1

    # --- the event loop's calls ---

    def connection_made(self, transport: Any) -> None:
        self._transport = transport
        # A number of our own: the transport's may belong to another connection as soon as the loop has closed it.
        self._socket = os.dup(transport.get_extra_info("socket").fileno())
        self._open.add(self)

    def connection_lost(self, exc: Exception | None) -> None:
        self._open.discard(self)
        with self._lock:
            os.close(self._socket)
            self._socket = -1
        if self._job is not None:
            self._engine.forget(self._job)
            self._job = None
        self._transport = None

    def data_received(self, data: bytes) -> None:
        try:
            self._parser.feed_data(data)
        except (httptools.HttpParserError, httptools.HttpParserUpgrade):
            self.reply(failure(400, "this is not a valid HTTP request"))
            self.drop()

    # --- the parser's calls ---

    def on_message_begin(self) -> None:
        self._url, self._headers, self._first, self._chunks = b"", {}, b"", None

    def on_url(self, url: bytes) -> None:
        self._url += url

    def on_header(self, name: bytes, value: bytes) -> None:
        self._headers[name.lower()] = value

    def on_body(self, body: bytes) -> None:
        """Most bodies come in one piece. Larger ones grow in a BytesIO, whose getvalue gives its buffer away without a copy."""
        if self._chunks is not None:
            self._chunks.write(body)
        elif not self._first:
            self._first = body
        else:
            self._chunks = io.BytesIO()
            self._chunks.write(self._first)
            self._chunks.write(body)

    def on_message_complete(self) -> None:
        get = self._headers.get
        body = self._first if self._chunks is None else self._chunks.getvalue()
        self._first, self._chunks = b"", None
        request = Request(
            body=body,
            content_type=get(b"content-type", b"").decode("latin-1"),
            accept=get(b"accept", b"").decode("latin-1"),
            request_id=get(b"x-request-id", b"").decode("latin-1"),
            target=get(b"x-target", b"").decode("latin-1"),
        )
        routed = self._route(self._parser.get_method().decode("latin-1"), self._url.decode("latin-1"), request)
        if isinstance(routed, Response):
            self.reply(routed)
            return
        self._job = Job(routed, self, self._deadline(get(b"x-start")))
        refused = self._engine.submit(self._job)
        if refused is not None:
            self.reply(refused)

    def _deadline(self, start: bytes | None) -> float:
        """By the time nginx first handed the request on (a second try does not start its clock anew)."""
        try:
            spent = max(0.0, time.time() - float(start)) if start else 0.0
        except ValueError:
            spent = 0.0
        return time.monotonic() + self._timeout - spent

    # --- the engine's and the worker's calls ---

    def reply(self, response: Response) -> None:
        """Send the answer. Nothing happens when the client has gone."""
        self._job = None
        if self._transport is None:
            return
        more = b"\r\nRetry-After: %d" % response.retry_after if response.retry_after else b""
        if self._closing:
            more += b"\r\nConnection: close"
        head = b"%s%s\r\nContent-Length: %d%s\r\n\r\n" % (
            _HEADS.get(response.status) or b"HTTP/1.1 %d Status\r\nContent-Type: " % response.status,
            response.content_type.encode("latin-1", "replace"),
            len(response.body),
            more,
        )
        if len(response.body) < 65536:
            self._transport.write(head + response.body)
        else:
            self._transport.writelines((head, response.body))
        if self._closing:
            self._transport.close()

    def reply_now(self, response: Response) -> bool:
        """The predictor thread's way to send a small answer without waking the loop. False: the loop has to send it."""
        data = b"%s%s\r\nContent-Length: %d\r\n\r\n%b" % (
            _HEADS[response.status],
            response.content_type.encode("latin-1", "replace"),
            len(response.body),
            response.body,
        )
        with self._lock:
            if self._closing:
                return False
            job, self._job = self._job, None  # before the write: the next request may follow at once
            try:
                sent = os.write(self._socket, data) if self._socket >= 0 else len(data)
            except BlockingIOError:
                self._job = job
                return False
            except OSError:
                return True  # The client has gone; connection_lost follows.
        if sent < len(data):
            self._engine.on_loop(self._write, data[sent:])
        return True

    def _write(self, data: bytes) -> None:
        if self._transport is not None:
            self._transport.write(data)

    def drop(self) -> None:
        """Close the connection."""
        if self._transport is not None:
            self._transport.close()

    def close_after_reply(self) -> None:
        """Close the connection: now when no request is on it, else right after its answer."""
        with self._lock:
            self._closing = True
            idle = self._job is None
        if idle:
            self.drop()
