"""HTTP on bare sockets, for what a well-behaved client never does: half a body, a lying length, an answer before the body's end."""

from __future__ import annotations

import contextlib
import http.client
import socket
import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

HOST = "127.0.0.1"


class Dropped(Exception):
    """The connection ended without an answer."""


@dataclass(frozen=True)
class Answer:
    """Status, headers (names in lower case) and body."""

    status: int
    headers: dict[str, str]
    body: bytes


def connect_seconds(port: int, timeout: float = 5.0) -> float:
    """Seconds until a new connection is accepted. OSError when it is not."""
    started = time.monotonic()
    with socket.create_connection((HOST, port), timeout):
        return time.monotonic() - started


class Upload:
    """A POST whose body is sent in pieces, when the caller says so. Close it with `with`."""

    def __init__(self, port: int, path: str, headers: Mapping[str, str], length: int | None, *, timeout: float) -> None:
        """Connect and send the head. `length` None announces a chunked body. OSError when the connection is not accepted."""
        self._chunked = length is None
        self._socket = socket.create_connection((HOST, port), timeout)
        framing = "Transfer-Encoding: chunked" if length is None else f"Content-Length: {length}"
        lines = [f"POST {path} HTTP/1.1", f"Host: {HOST}:{port}", framing, *(f"{name}: {value}" for name, value in headers.items())]
        with contextlib.suppress(OSError):
            self._socket.sendall("\r\n".join([*lines, "", ""]).encode("latin-1"))

    def send(self, piece: bytes) -> bool:
        """Send a piece of the body; False when the other side takes no more."""
        framed = b"%x\r\n%s\r\n" % (len(piece), piece) if self._chunked else piece
        try:
            self._socket.sendall(framed)
        except OSError:
            return False
        return True

    def answer(self) -> Answer:
        """End the body and read the answer. `Dropped` says why there is none."""
        with contextlib.suppress(OSError):
            if self._chunked:
                self._socket.sendall(b"0\r\n\r\n")
        try:
            response = http.client.HTTPResponse(self._socket, method="POST")
            response.begin()
            return Answer(response.status, {name.lower(): value for name, value in response.getheaders()}, response.read())
        except (OSError, http.client.HTTPException) as error:
            raise Dropped(f"connection ended without an answer ({type(error).__name__})") from None

    def __enter__(self) -> Upload:
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()


def post(port: int, path: str, headers: Mapping[str, str], pieces: Iterable[bytes], *, length: int | None, timeout: float) -> Answer:
    """Send a POST piece by piece, stopping when the other side does, and read the answer. `Dropped` when there is none."""
    try:
        with Upload(port, path, headers, length, timeout=timeout) as upload:
            for piece in pieces:
                if not upload.send(piece):
                    break
            return upload.answer()
    except OSError as error:
        raise Dropped(f"no connection: {error.strerror or type(error).__name__}") from None


def blocks(size: int, block: int = 65536) -> Iterator[bytes]:
    """`size` bytes of the letter x."""
    for start in range(0, size, block):
        yield b"x" * min(block, size - start)
