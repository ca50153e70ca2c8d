"""HTTP/1.1 as the load tester speaks it: a request's bytes, and a connection that brings one answer at a time.

Parsed by httptools (llhttp, the parser of Node.js). Nothing of a general client is here: what runs between the last byte and the clock
would be measured as the target's time.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol
from urllib.parse import urlsplit

from slipway.errors import InputError

RESERVED = frozenset({"host", "content-length", "transfer-encoding", "connection", "expect", "authorization", "x-api-key"})
"""Headers that a case may not set: the tester's own."""


@dataclass(frozen=True)
class Address:
    """Where a URL leads. `host_header` has the port only where it is not the scheme's own."""

    host: str
    port: int
    tls: bool
    host_header: str
    path: str

    @classmethod
    def of(cls, url: str, host: str = "") -> Address:
        """The address of a checked http or https URL. `host` is sent as Host instead of the URL's."""
        parts = urlsplit(url)
        tls = parts.scheme == "https"
        port = parts.port or (443 if tls else 80)
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        return cls(parts.hostname or "", port, tls, host or parts.netloc.removesuffix(":443" if tls else ":80"), path)

    @property
    def signed_url(self) -> str:
        """The URL as the other side sees it, which is what a signature covers."""
        return f"{'https' if self.tls else 'http'}://{self.host_header}{self.path}"


@dataclass(frozen=True)
class Answer:
    """A whole answer. Header names are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


def require_sendable(headers: Mapping[str, str], where: str) -> None:
    """InputError for headers that are the tester's own, and for values that would end the header early."""
    for name, value in headers.items():
        if name.lower() in RESERVED:
            raise InputError(f"{where}: the header {name} is set by the load tester", fix="leave it out of the case")
        if any(ord(character) < 32 or ord(character) == 127 for character in value):
            raise InputError(f"{where}: the header {name} has a control character in its value", fix="write it in one line")


def request_bytes(address: Address, headers: Mapping[str, str], body: bytes) -> bytes:
    """A POST request, ready to be sent."""
    lines = [f"POST {address.path} HTTP/1.1", f"Host: {address.host_header}", "User-Agent: slipway-load", f"Content-Length: {len(body)}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode() + body


class Owner(Protocol):
    """Whoever sent the request."""

    def answered(self, connection: Connection, answer: Answer, *, reusable: bool) -> None:
        """The last byte of the answer is here."""

    def broken(self, connection: Connection, reason: str) -> None:
        """The connection is gone, with a request under way or without."""


@dataclass
class _Received:
    """An answer so far."""

    headers: dict[str, str] = field(default_factory=dict)
    parts: list[bytes] = field(default_factory=list)
    complete_head: bool = False


class Connection(asyncio.Protocol):
    """One connection, used again and again; at most one request under way."""

    def __init__(self, owner: Owner) -> None:
        from httptools import HttpResponseParser

        self._owner = owner
        self._parser: Any = HttpResponseParser(self)
        self._received = _Received()
        self._transport: asyncio.Transport | None = None
        self._ended = False

    def send(self, request: bytes) -> None:
        """Write a whole request."""
        self._received = _Received()
        if self._transport is not None:
            self._transport.write(request)

    def close(self) -> None:
        """Give it up; the owner is not told."""
        self._ended = True
        if self._transport is not None:
            self._transport.abort()

    @property
    def usable(self) -> bool:
        """Whether another request can be sent."""
        return not self._ended and self._transport is not None and not self._transport.is_closing()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport  # type: ignore[assignment]

    def data_received(self, data: bytes) -> None:
        from httptools import HttpParserError

        try:
            self._parser.feed_data(data)
        except HttpParserError as error:
            self._break(f"no HTTP: {error}")

    def eof_received(self) -> None:
        """An answer without a length ends with the connection."""
        headers = self._received.headers
        if self._received.complete_head and "content-length" not in headers and "transfer-encoding" not in headers:
            self._complete(reusable=False)

    def connection_lost(self, error: Exception | None) -> None:
        self._break(f"{type(error).__name__}: {error}" if error else "closed by the other side")

    def on_header(self, name: bytes, value: bytes) -> None:
        """Of the parser."""
        self._received.headers[name.decode("latin-1").lower()] = value.decode("latin-1")

    def on_headers_complete(self) -> None:
        """Of the parser."""
        self._received.complete_head = True

    def on_body(self, part: bytes) -> None:
        """Of the parser."""
        self._received.parts.append(part)

    def on_message_complete(self) -> None:
        """Of the parser. What has a status below 200 only announces the answer."""
        if self._parser.get_status_code() < 200:
            self._received = _Received()
        else:
            self._complete(reusable=bool(self._parser.should_keep_alive()))

    def _complete(self, *, reusable: bool) -> None:
        received = self._received
        answer = Answer(self._parser.get_status_code(), received.headers, b"".join(received.parts))
        self._received = _Received()
        self._owner.answered(self, answer, reusable=reusable and not self._ended)

    def _break(self, reason: str) -> None:
        if not self._ended:
            self.close()
            self._owner.broken(self, reason)
