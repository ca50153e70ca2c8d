"""The same model behind any WSGI server; here the standard library's."""

from __future__ import annotations

import json
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from wsgiref.simple_server import WSGIRequestHandler, make_server
from wsgiref.validate import validator

import pytest

ROWS = json.dumps({"instances": [[14.23, 1.71, 2.43, 15.6, 127.0, 2.8, 3.06, 0.28, 2.29, 5.64, 1.04, 3.92, 1065.0]]}).encode()


class Quiet(WSGIRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def url(wine: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    import wsgi

    (tmp_path / "model").symlink_to(wine)
    monkeypatch.setenv("SAGEMAKER_BASE_DIR", str(tmp_path))
    monkeypatch.setenv("SLIPWAY_MAX_BODY_BYTES", "2000")
    with make_server("127.0.0.1", 0, validator(wsgi.create()), handler_class=Quiet) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def call(url: str, body: bytes | None = None, kind: str = "application/json") -> tuple[int, bytes]:
    try:
        with urllib.request.urlopen(urllib.request.Request(url, body, {"Content-Type": kind})) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read()


def test_it_answers_as_the_container_does(url: str) -> None:
    assert call(f"{url}/ping")[0] == 200
    status, body = call(f"{url}/invocations", ROWS)
    assert status == 200 and json.loads(body)["predictions"][0]["cultivar"] == "class_0"
    assert call(f"{url}/invocations", b"[")[0] == 400
    assert call(f"{url}/invocations", ROWS, "image/png")[0] == 415
    assert call(f"{url}/invocations", b" " * 2001)[0] == 413
    assert call(f"{url}/invocations")[0] == 405
    assert call(f"{url}/other")[0] == 404
