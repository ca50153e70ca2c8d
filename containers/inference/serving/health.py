"""The supervisor's own little HTTP server: /ping and /metrics on a socket that no prediction ever blocks.

Only nginx connects to it. It answers from the notice board in microseconds, however busy the workers are.
"""

from __future__ import annotations

import contextlib
import re
import selectors
import socket
from collections.abc import Callable

from serving.errors import Response

_MAX_HEAD = 16384
_ID = re.compile(rb"\r\nx-request-id: ?([^\r\n]+)", re.IGNORECASE)
Answer = Callable[[str, str], Response]
"""(path, request id) -> response"""


class HealthServer:
    """Registers its sockets with the supervisor's selector; `handle` is called when one is readable."""

    def __init__(self, listener: socket.socket, selector: selectors.BaseSelector, answer: Answer) -> None:
        self._selector, self._answer = selector, answer
        self._heads: dict[socket.socket, bytes] = {}
        listener.setblocking(False)
        selector.register(listener, selectors.EVENT_READ, self._accept)

    def _accept(self, listener: socket.socket) -> None:
        with contextlib.suppress(BlockingIOError, ConnectionError):
            connection, _ = listener.accept()
            connection.settimeout(0.5)
            self._heads[connection] = b""
            self._selector.register(connection, selectors.EVENT_READ, self._read)

    def _read(self, connection: socket.socket) -> None:
        try:
            data = connection.recv(_MAX_HEAD)
        except OSError:
            data = b""
        head = self._heads[connection] + data
        if not data or len(head) > _MAX_HEAD:
            self._close(connection)
            return
        while b"\r\n\r\n" in head:
            request, _, head = head.partition(b"\r\n\r\n")
            try:
                connection.sendall(self._response(request))
            except OSError:
                self._close(connection)
                return
        self._heads[connection] = head

    def _close(self, connection: socket.socket) -> None:
        del self._heads[connection]
        self._selector.unregister(connection)
        connection.close()

    def _response(self, request: bytes) -> bytes:
        parts = request.split(b"\r\n", 1)[0].split(b" ")
        path = parts[1].decode("latin-1").partition("?")[0] if len(parts) > 1 else "/"
        found = _ID.search(request)
        answer = self._answer(path, found.group(1).decode("latin-1") if found else "")
        head = f"HTTP/1.1 {answer.status} {'OK' if answer.status == 200 else 'Unavailable'}\r\nContent-Type: {answer.content_type}\r\n"
        body = b"" if parts[0] == b"HEAD" else answer.body
        return f"{head}Content-Length: {len(answer.body)}\r\n\r\n".encode() + body
