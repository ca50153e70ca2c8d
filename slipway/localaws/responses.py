"""A finished HTTP answer, and how a WSGI application's output becomes one."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from slipway.localaws.request import Environ


@dataclass(frozen=True)
class Answer:
    """Status, headers and the whole body."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes

    def send(self, method: str, start_response: Any) -> Iterable[bytes]:
        """Give the answer to a WSGI server, always with its length: that is what keeps a connection usable."""
        headers = self.headers
        if method != "HEAD" or not any(name.lower() == "content-length" for name, _ in headers):
            headers = [(name, value) for name, value in headers if name.lower() != "content-length"]
            headers.append(("Content-Length", str(len(self.body))))
        start_response(f"{self.status} {_phrase(self.status)}", headers)
        return [] if method == "HEAD" else [self.body]


def json_answer(value: Any, status: int = 200) -> Answer:
    """A plain JSON document."""
    return Answer(status, [("Content-Type", "application/json")], json.dumps(value, sort_keys=True, default=str).encode())


def run_wsgi(application: Any, environ: Environ) -> Answer:
    """Call a WSGI application and collect what it answers."""
    head: list[Any] = []

    def start_response(status: str, headers: list[tuple[str, str]], _exc_info: Any = None) -> None:
        head[:] = [int(status.split(" ", 1)[0]), headers]

    output = application(environ, start_response)
    try:
        body = b"".join(output)
    finally:
        if hasattr(output, "close"):
            output.close()
    return Answer(head[0], head[1], body)


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Unknown"
