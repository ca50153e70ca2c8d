"""The container as a Lambda function: a real container process, a real runtime API, a model fetched from an object store."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import os
import signal
import tarfile
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from slipway.containers.launch import Running
from slipway.localaws.functions.runtime_api import RuntimeApi

ROWS = "[[14.23,1.71,2.43,15.6,127,2.8,3.06,0.28,2.29,5.64,1.04,3.92,1065]]"
CODE = """
def model_fn(d):
    return None
def predict_fn(data, model):
    if data.size > 1:
        raise RuntimeError("no")
    return data
SELF_TEST = (b"[[1]]", "application/json")
"""


@pytest.fixture
def api() -> Iterator[RuntimeApi]:
    found = RuntimeApi()
    yield found
    found.close()


@pytest.fixture
def bucket() -> Iterator[tuple[str, dict[str, bytes]]]:
    """An object store that knows GetObject: its address, and its objects by `/bucket/key`."""
    objects: dict[str, bytes] = {}

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = objects.get(self.path)
            self.send_response(404 if body is None else 200)
            self.send_header("Content-Length", str(len(body or b"")))
            self.end_headers()
            self.wfile.write(body or b"")

        def log_message(self, *_: object) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}", objects
    server.shutdown()
    server.server_close()


def packed(folder: Path) -> bytes:
    target = io.BytesIO()
    with tarfile.open(fileobj=target, mode="w:gz") as tar:
        tar.add(folder, arcname=".")
    return target.getvalue()


def fetched(address: str, data: bytes, **more: str) -> dict[str, str]:
    """The variables with which a container fetches `/models/wine.tar.gz`."""
    keys = {"AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "b", "AWS_REGION": "eu-west-1", "AWS_ENDPOINT_URL": address}
    model = {"SLIPWAY_MODEL_URL": "s3://models/wine.tar.gz", "SLIPWAY_MODEL_SHA256": hashlib.sha256(data).hexdigest()}
    return {**keys, **model, **more}


def ask(api: RuntimeApi, body: str = ROWS, seconds: float = 20, number: int = 1, **more: Any) -> tuple[bool, Any]:
    event = {"body": body, "isBase64Encoded": False, "headers": {"content-type": "application/json"}, **more}
    api.hand(f"00000000-{number}", "arn", json.dumps(event).encode(), seconds)
    reply = api.reply(seconds)
    assert reply is not None
    return reply[0], json.loads(reply[1])


def test_the_fetched_model_answers_events(api: RuntimeApi, bucket: Any, wine: Path, serve: Callable[..., Running]) -> None:
    """Cold start with the model from S3; text and base64; a request that the model refuses is an answer with its status."""
    address, objects = bucket
    objects["/models/wine.tar.gz"] = data = packed(wine)
    container = serve(None, ready=False, AWS_LAMBDA_RUNTIME_API=api.address, **fetched(address, data))
    assert api.initialised(30)
    failed, answer = ask(api)
    assert not failed
    assert answer["statusCode"] == 200
    assert answer["headers"] == {"Content-Type": "application/json"}
    assert json.loads(answer["body"])["predictions"]
    body = base64.b64encode(ROWS.encode()).decode()
    assert json.loads(ask(api, body, isBase64Encoded=True, number=2)[1]["body"]) == json.loads(answer["body"])
    failed, answer = ask(api, "[[1]", number=3)
    assert (failed, answer["statusCode"]) == (False, 400)
    lines = [json.loads(line) for line in container.log_tail(100) if line.startswith("{")]
    assert "model_fetched" in {line["event"] for line in lines}
    assert not any(line.get("path") == "/ping" for line in lines)
    assert sum(line["event"] == "worker_started" for line in lines) == 1, "one request at a time needs one worker"


def test_failures_are_reported(api: RuntimeApi, code: Callable[..., Path], serve: Callable[..., Running]) -> None:
    """5xx of the model and malformed events are errors of the invocation; the environment goes on."""
    serve(code(CODE), ready=False, AWS_LAMBDA_RUNTIME_API=api.address)
    assert api.initialised(30)
    failed, error = ask(api, "[[1, 2]]")
    assert (failed, error["errorType"]) == (True, "Model.500")
    failed, error = ask(api, "!", isBase64Encoded=True, number=2)
    assert (failed, error["errorType"]) == (True, "Event.Malformed")
    failed, answer = ask(api, "[[1]]", number=3)
    assert (failed, answer["statusCode"], answer["isBase64Encoded"]) == (False, 200, False)
    answer = ask(api, "[[1]]", headers={"Content-Type": "application/json", "Accept": "application/x-npy"}, number=4)[1]
    assert answer["isBase64Encoded"]
    assert base64.b64decode(answer["body"]).startswith(b"\x93NUMPY")


def test_a_model_that_cannot_be_loaded(api: RuntimeApi, code: Callable[..., Path], serve: Callable[..., Running]) -> None:
    container = serve(code("def model_fn(d):\n    raise ValueError('broken weights')\n"), ready=False, AWS_LAMBDA_RUNTIME_API=api.address)
    assert api.initialised(30)
    assert api.problem is not None
    assert api.problem["errorType"] == "Container.FailedToStart"
    assert container.wait(10) == 1
    assert "broken weights" in "".join(container.log_tail())


def test_a_model_that_is_not_what_was_released_never_serves(
    api: RuntimeApi, bucket: Any, wine: Path, serve: Callable[..., Running]
) -> None:
    address, objects = bucket
    objects["/models/wine.tar.gz"] = packed(wine)
    container = serve(None, ready=False, AWS_LAMBDA_RUNTIME_API=api.address, **fetched(address, b"another"))
    assert api.initialised(30)
    assert api.problem == {"errorType": "Container.FailedToStart", "errorMessage": "the model cannot be loaded", "stackTrace": []}
    assert container.wait(10) == 1
    assert "it is not what was released" in "".join(container.log_tail())


def test_a_slow_model_loads_on_within_the_first_request(api: RuntimeApi, monkeypatch: pytest.MonkeyPatch) -> None:
    """After nine seconds (here: at once) the environment asks for its first event: at ten Lambda would begin again."""
    from serving import bridge
    from serving.runtime_api import RuntimeApi as Client
    from serving.runtime_api import RuntimeApiLost
    from settings import Settings

    monkeypatch.setattr(bridge, "INIT_SECONDS", 0.05)
    loaded: list[bool] = []
    found = bridge.Bridge(Settings(), Client(api.address), lambda: bool(loaded))
    monkeypatch.setattr(found, "_ask", lambda *_: (200, "text/plain", b"loaded"))

    def run() -> None:
        with suppress(RuntimeApiLost):  # the end of the test
            found.run()

    Thread(target=run, daemon=True).start()
    assert api.initialised(5)
    assert ask(api, seconds=0.5)[1]["errorType"] == "Container.NotReady"
    loaded.append(True)
    assert ask(api, number=2)[1] == {
        "statusCode": 200,
        "headers": {"Content-Type": "text/plain"},
        "body": "loaded",
        "isBase64Encoded": False,
    }


def test_frozen_between_two_requests(api: RuntimeApi, code: Callable[..., Path], serve: Callable[..., Running]) -> None:
    """Lambda stops every process of an environment; nobody may then take the others for dead."""
    container = serve(code(CODE), ready=False, AWS_LAMBDA_RUNTIME_API=api.address, SAGEMAKER_MODEL_SERVER_TIMEOUT=2)
    assert api.initialised(30)
    assert ask(api, "[[1]]")[1]["statusCode"] == 200
    pids = [container.pid, *children(container.pid)]
    for number in (signal.SIGSTOP, signal.SIGCONT):
        for pid in pids:
            os.kill(pid, number)
        time.sleep(6.5 if number == signal.SIGSTOP else 0)
    assert ask(api, "[[1]]", number=2)[1]["statusCode"] == 200
    time.sleep(1)
    assert container.alive()
    assert not any("worker_killed" in line or "container_failed" in line for line in container.log_tail(100))


def children(parent: int) -> list[int]:
    """All descendants of a process."""
    found = [int(pid) for pid in Path(f"/proc/{parent}/task/{parent}/children").read_text().split()]
    return found + [below for pid in found for below in children(pid)]
