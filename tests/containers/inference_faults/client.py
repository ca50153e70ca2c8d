"""HTTP as bytes: requests no ordinary client would send, and answers read to their end."""

from __future__ import annotations

import contextlib
import json
import socket
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

JSON = "application/json"


@dataclass(frozen=True)
class Answer:
    """What came back. Status 0: no answer, `error` says why. `seconds` from the first byte sent to the last received."""

    status: int
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    seconds: float = 0.0
    error: str = ""

    @property
    def json(self) -> Any:
        return json.loads(self.body)


def head(method: str, path: str, headers: Mapping[str, str | int]) -> bytes:
    """A request's first lines, exactly as given; only Host is added."""
    lines = [f"{method} {path} HTTP/1.1", "Host: container", *(f"{name}: {value}" for name, value in headers.items())]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("utf-8", "surrogateescape")


def post(body: bytes, content_type: str | None = JSON, path: str = "/invocations", **headers: str) -> bytes:
    """A whole POST with its right length."""
    given: dict[str, str | int] = {"Content-Type": content_type} if content_type is not None else {}
    given |= {name.replace("_", "-"): value for name, value in headers.items()} | {"Content-Length": len(body)}
    return head("POST", path, given) + body


def chunked(parts: Iterable[bytes]) -> Iterable[bytes]:
    """The body of a request with `Transfer-Encoding: chunked`."""
    for part in parts:
        yield b"%x\r\n%s\r\n" % (len(part), part)
    yield b"0\r\n\r\n"


def read_answer(connection: socket.socket, began: float) -> Answer:
    """One answer of a connection. Raises OSError or ValueError when there is none."""
    with connection.makefile("rb") as stream:
        first = stream.readline(65536)
        if not first:
            raise ConnectionResetError("closed without an answer")
        status = int(first.split()[1])
        headers = {}
        while line := stream.readline(65536).strip():
            name, _, value = line.decode("latin-1").partition(":")
            headers[name.lower()] = value.strip()
        if "chunked" in headers.get("transfer-encoding", ""):
            body = b"".join(_chunks(stream))
        else:
            body = stream.read(int(headers["content-length"])) if "content-length" in headers else stream.read()
    return Answer(status, headers, body, time.monotonic() - began)


def _chunks(stream: Any) -> Iterable[bytes]:
    while size := int(stream.readline().split(b";")[0], 16):
        yield stream.read(size)
        stream.readline()
    stream.readline()


def exchange(port: int, *parts: bytes | Iterable[bytes], timeout: float = 30.0, half_close: bool = False) -> Answer:
    """Send bytes over a new connection and read one answer. A server that stops listening half way may still answer."""
    began = time.monotonic()
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=timeout) as connection:
            with contextlib.suppress(BrokenPipeError, ConnectionResetError):
                for part in parts:
                    for piece in [part] if isinstance(part, bytes) else part:
                        connection.sendall(piece)
            if half_close:
                connection.shutdown(socket.SHUT_WR)
            return read_answer(connection, began)
    except (OSError, ValueError, IndexError) as error:
        return Answer(0, seconds=time.monotonic() - began, error=f"{type(error).__name__}: {error}")


def ask(port: int, question: Any, timeout: float = 90.0) -> Answer:
    """A question to the scripted model."""
    return exchange(port, post(json.dumps(question).encode(), Connection="close"), timeout=timeout)


def ping(port: int, timeout: float = 5.0) -> Answer:
    return exchange(port, head("GET", "/ping", {"Connection": "close"}), timeout=timeout)


def error_of(answer: Answer) -> str:
    """What is wrong with an error answer by the container's contract, or an empty string."""
    try:
        error = answer.json["error"]
        wrong = [key for key in ("code", "message", "request_id") if not isinstance(error[key], str) or not error[key]]
    except (ValueError, KeyError, TypeError):
        return f"{answer.status}: not the JSON error of the contract: {answer.body[:200]!r}"
    if wrong:
        return f"{answer.status}: error without {', '.join(wrong)}"
    leaks = [word for word in (b"Traceback", b'File "', b"site-packages", b"/opt/", b"/tmp/", b".py", b"0x7f") if word in answer.body]
    return f"{answer.status}: leaks {leaks}: {answer.body[:300]!r}" if leaks else ""
