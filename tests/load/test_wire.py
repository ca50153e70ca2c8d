"""HTTP as the tester reads it: any cutting into pieces, chunks, answers without a length, and what is no HTTP."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from slipway.errors import InputError
from slipway.load.wire import Address, Answer, Connection, request_bytes, require_sendable


class Owner:
    def __init__(self) -> None:
        self.answers: list[tuple[Answer, bool]] = []
        self.breaks: list[str] = []

    def answered(self, connection: Connection, answer: Answer, *, reusable: bool) -> None:
        self.answers.append((answer, reusable))

    def broken(self, connection: Connection, reason: str) -> None:
        self.breaks.append(reason)


class Transport(asyncio.Transport):
    def __init__(self) -> None:
        super().__init__()
        self.written, self.closed = b"", False

    def write(self, data: Any) -> None:
        self.written += data

    def abort(self) -> None:
        self.closed = True

    def is_closing(self) -> bool:
        return self.closed


def connection() -> tuple[Connection, Owner, Transport]:
    owner, transport = Owner(), Transport()
    made = Connection(owner)
    made.connection_made(transport)
    made.send(b"request")
    assert transport.written == b"request" and made.usable
    return made, owner, transport


LENGTH = b"HTTP/1.1 200 OK\r\nContent-Type: text/csv\r\nX-Two: a\r\nContent-Length: 5\r\n\r\n1,2\r\n"
CHUNKED = (
    b"HTTP/1.1 200 OK\r\nContent-Type: text/csv\r\nX-Two: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\n1,2\r\n2;x=y\r\n\r\n\r\n0\r\n\r\n"
)
CONTINUED = b"HTTP/1.1 100 Continue\r\n\r\n" + LENGTH


@pytest.mark.parametrize("data", [LENGTH, CHUNKED, CONTINUED], ids=["length", "chunked", "continued"])
@pytest.mark.parametrize("size", [1, 2, 7, 1000])
def test_answers_in_any_pieces_on_one_connection(data: bytes, size: int) -> None:
    made, owner, _ = connection()
    for _ in range(2):
        for start in range(0, len(data), size):
            made.data_received(data[start : start + size])
        made.send(b"again")
    assert [(answer.status, answer.body, reusable) for answer, reusable in owner.answers] == [(200, b"1,2\r\n", True)] * 2
    assert owner.answers[0][0].headers["content-type"] == "text/csv" and owner.answers[1][0].headers["x-two"] == "a"
    assert owner.breaks == []


def test_an_answer_without_a_length_ends_with_the_connection() -> None:
    made, owner, transport = connection()
    made.data_received(b"HTTP/1.1 503 Gone\r\nConnection: close\r\n\r\nsor")
    made.data_received(b"ry")
    assert owner.answers == []
    made.eof_received()
    assert [(answer.status, answer.body, reusable) for answer, reusable in owner.answers] == [(503, b"sorry", False)]
    assert not transport.closed


def test_a_connection_that_the_target_will_close_is_not_used_again() -> None:
    made, owner, _ = connection()
    made.data_received(b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n")
    assert owner.answers[0][1] is False


def test_what_is_cut_off_or_no_http_breaks_once() -> None:
    made, owner, transport = connection()
    made.data_received(LENGTH[:-2])
    made.eof_received()
    made.connection_lost(None)
    assert owner.answers == [] and owner.breaks == ["closed by the other side"] and not made.usable
    made, owner, transport = connection()
    made.data_received(b"SSH-2.0-OpenSSH\r\n")
    made.connection_lost(ConnectionResetError(104, "reset"))
    assert len(owner.breaks) == 1 and owner.breaks[0].startswith("no HTTP: ") and transport.closed


def test_a_request() -> None:
    address = Address.of("https://api.example.com/prod/x?a=b%20c")
    assert request_bytes(address, {"Accept": "text/csv"}, b"1,2") == (
        b"POST /prod/x?a=b%20c HTTP/1.1\r\nHost: api.example.com\r\nUser-Agent: slipway-load\r\nContent-Length: 3\r\nAccept: text/csv\r\n\r\n1,2"
    )
    assert (address.host, address.port, address.tls) == ("api.example.com", 443, True)
    assert (
        Address.of("https://example.com:443/a").host_header == "example.com" == Address.of("http://127.0.0.1:1/", "example.com").host_header
    )
    assert Address.of("http://127.0.0.1:1/a?b=c", "example.com").signed_url == "http://example.com/a?b=c"
    assert Address.of("http://127.0.0.1:8080").path == "/" and Address.of("http://127.0.0.1:8080").host_header == "127.0.0.1:8080"


@pytest.mark.parametrize(
    "headers", [{"Host": "x"}, {"content-length": "3"}, {"Authorization": "x"}, {"X-A": "1\r\nX-B: 2"}, {"X-A": "\x00"}]
)
def test_headers_that_cannot_be_sent(headers: dict[str, str]) -> None:
    with pytest.raises(InputError, match="cases.yaml"):
        require_sendable(headers, "cases.yaml, case 'a'")
