"""Requests over HTTP: signed or with a key, timed to the last byte, connections kept while they are good and closed at the end."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import SimpleNamespace
from typing import Any

import pytest

from modules.load_test.cases import LoadCase
from modules.load_test.function import targets
from modules.load_test.function.message import Limits
from modules.load_test.function.settings import Settings
from modules.load_test.function.targets import NO_ANSWER, ApiTarget, EndpointTarget, open_target

CASE = LoadCase("a", b"hello", {"Content-Type": "text/plain", "X-Own": "1"})


class Seen:
    """What the server saw: headers of each request, and connections."""

    def __init__(self) -> None:
        self.requests: list[dict[str, str]] = []
        self.lines: list[str] = []
        self.open = 0
        self.opened = 0
        self.tail_seconds = 0.0
        self.break_off = False


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    seen: Seen

    def log_message(self, *_: object) -> None: ...

    def setup(self) -> None:
        super().setup()
        self.seen.open += 1
        self.seen.opened += 1

    def finish(self) -> None:
        super().finish()
        self.seen.open -= 1

    def do_POST(self) -> None:
        self.seen.lines.append(self.requestline)
        self.seen.requests.append({name.lower(): value for name, value in self.headers.items()})
        assert self.rfile.read(int(self.headers["Content-Length"])) == b"hello"
        self.send_response(200)
        self.send_header("Content-Type", "text/plain; charset=utf-8")
        self.send_header("Content-Length", "4")
        self.end_headers()
        self.wfile.write(b"ye")
        self.wfile.flush()
        if self.seen.break_off:
            self.close_connection = True
            self.connection.shutdown(2)
            return
        time.sleep(self.seen.tail_seconds)
        self.wfile.write(b"s!")


@pytest.fixture
def seen() -> Iterator[tuple[Seen, str]]:
    state = Seen()
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Bound", (Handler,), {"seen": state}))
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield state, f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(autouse=True)
def credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_EXECUTE_API", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "111111111111")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "local")


def settings(url: str, **more: Any) -> Settings:
    known = Settings("eu-west-1", "test", "api/wine", "", "", "POST", "aws_iam", Limits(1, 1, 1), 10, 5, f"{url}/test/wine", "")
    return replace(known, **more)


def test_an_answer_is_complete(seen: tuple[Seen, str]) -> None:
    """The first implementation took the time before it read the response."""
    state, url = seen
    state.tail_seconds = 0.2
    target = ApiTarget(settings(url))
    started = time.monotonic()
    answer = target.send(CASE)
    assert time.monotonic() - started >= 0.2
    assert (answer.status, answer.content_type, answer.body) == (200, "text/plain; charset=utf-8", b"yes!")
    target.close()


def test_a_request_is_signed_for_the_api(seen: tuple[Seen, str]) -> None:
    state, url = seen
    target = ApiTarget(settings(url))
    target.send(CASE)
    target.close()
    (headers,) = state.requests
    assert "/eu-west-1/execute-api/aws4_request" in headers["authorization"]
    assert (headers["content-type"], headers["x-own"]) == ("text/plain", "1")


@pytest.mark.parametrize("auth", ["open", "api_key"])
def test_a_key_is_sent_where_one_is_asked_for(seen: tuple[Seen, str], monkeypatch: pytest.MonkeyPatch, auth: str) -> None:
    state, url = seen
    asked: list[dict[str, Any]] = []

    def get_api_key(**options: Any) -> dict[str, str]:
        asked.append(options)
        return {"value": "secret"}

    monkeypatch.setattr("boto3.Session.client", lambda *_: SimpleNamespace(get_api_key=get_api_key))
    target = ApiTarget(settings(url, auth=auth, api_key_id="k1"))
    for _ in range(2):
        target.send(CASE)
    target.close()
    assert [headers.get("x-api-key") for headers in state.requests] == ["secret" if auth == "api_key" else None] * 2
    assert not any("authorization" in headers for headers in state.requests)
    assert asked == ([{"apiKey": "k1", "includeValue": True}] if auth == "api_key" else []), "read once, not for each request"


def test_the_sdks_variable_sends_elsewhere_under_the_apis_own_name(seen: tuple[Seen, str], monkeypatch: pytest.MonkeyPatch) -> None:
    state, url = seen
    monkeypatch.setenv("AWS_ENDPOINT_URL", url)
    target = ApiTarget(settings("https://abc.execute-api.eu-west-1.amazonaws.com", method="PUT"))
    state.requests.clear()
    Handler.do_PUT = Handler.do_POST  # type: ignore[attr-defined]
    assert target.send(CASE).status == 200
    target.close()
    assert state.requests[0]["host"] == "abc.execute-api.eu-west-1.amazonaws.com"
    assert state.lines == ["PUT /test/wine HTTP/1.1"]


def test_connections_are_kept_and_closed_at_the_end(seen: tuple[Seen, str]) -> None:
    state, url = seen
    target = ApiTarget(settings(url))
    for _ in range(5):
        assert target.send(CASE).status == 200
    assert (state.open, state.opened) == (1, 1)
    target.close()
    end = time.monotonic() + 10
    while state.open and time.monotonic() < end:
        time.sleep(0.01)
    assert state.open == 0


def test_an_idle_connection_is_not_trusted(seen: tuple[Seen, str], monkeypatch: pytest.MonkeyPatch) -> None:
    """API Gateway and its load balancers close what is idle; the next request would fail, and count against the target."""
    state, url = seen
    monkeypatch.setattr(targets, "IDLE_SECONDS", -1.0)
    target = ApiTarget(settings(url))
    assert [target.send(CASE).status for _ in range(3)] == [200] * 3
    target.close()
    assert state.opened == 3


def test_a_broken_answer_is_an_error_and_the_next_request_connects_anew(seen: tuple[Seen, str]) -> None:
    state, url = seen
    target = ApiTarget(settings(url))
    state.break_off = True
    broken = target.send(CASE)
    assert (broken.status, broken.failure) == (NO_ANSWER, "IncompleteRead")
    state.break_off = False
    assert target.send(CASE).body == b"yes!"
    target.close()
    assert state.opened == 2


def test_a_slow_answer_is_an_error(seen: tuple[Seen, str]) -> None:
    state, url = seen
    state.tail_seconds = 1.0
    target = ApiTarget(settings(url, request_timeout_in_seconds=0.2))
    assert target.send(CASE).failure == "TimeoutError"
    target.close()


def test_nobody_there_is_an_error() -> None:
    target = ApiTarget(settings("http://127.0.0.1:1"))
    assert target.send(CASE) == targets.Answer(NO_ANSWER, failure="ConnectionRefusedError")
    target.close()


def test_an_endpoint_that_cannot_be_reached_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
    target = open_target(settings("", api_url="", endpoint_name="e"))
    assert isinstance(target, EndpointTarget)
    assert target.send(CASE) == targets.Answer(NO_ANSWER, failure="EndpointConnectionError")
    target.close()
