"""The container as SageMaker starts it: nginx, supervisor, master and workers as real processes."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from slipway.containers.launch import Running
from slipway.containers.running import ContainerFailed
from tests.containers.inference.test_wsgi import ROWS

JSON = {"Content-Type": "application/json"}
SLEEPER = """
import time
def model_fn(folder): return 1
def input_fn(body, content_type): return float(body)
def predict_fn(data, model): time.sleep(data); return data
def output_fn(prediction, accept): return str(prediction), "text/plain"
"""
Serve = Callable[..., Running]


def events(container: Running, name: str) -> list[dict[str, object]]:
    lines = [json.loads(line) for line in container.log.read_text().splitlines()]
    return [line for line in lines if line["event"] == name]


def wait_for(what: Callable[[], object], seconds: float = 20) -> None:
    until = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < until
        time.sleep(0.05)


def test_the_sample_end_to_end(serve: Serve, wine: Path) -> None:
    container = serve(wine)
    answer = container.request("POST", "/invocations", ROWS, {**JSON, "X-Request-Id": "abc-1", "X-Unknown": "1"})
    assert answer.status == 200 and answer.headers["x-request-id"] == "abc-1"
    assert json.loads(answer.body)["predictions"][0]["cultivar"] == "class_0"
    threads = [threading.Thread(target=container.request, args=("POST", "/invocations", ROWS, JSON)) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    metrics = container.request("GET", "/metrics").body.decode()
    total = sum(float(line.split()[1]) for line in metrics.splitlines() if line.startswith("slipway_requests_total{"))
    assert total == 17
    statuses = [container.request(method, path).status for method, path in (("GET", "/invocations"), ("POST", "/ping"), ("GET", "/x"))]
    assert statuses == [405, 405, 404]
    assert container.terminate() == 0
    line = next(item for item in events(container, "request") if item["request_id"] == "abc-1")
    assert line["status"] == 200 and line["path"] == "/invocations" and line["worker"] in (0, 1) and isinstance(line["latency_ms"], int)
    assert "14.23" not in container.log.read_text()


def test_a_slow_request_gets_504_and_a_new_worker_the_others_their_answers(serve: Serve, code: Callable[..., Path]) -> None:
    container = serve(code(SLEEPER), SAGEMAKER_MODEL_SERVER_WORKERS=1, SAGEMAKER_MODEL_SERVER_TIMEOUT=1)
    answers = {}

    def ask(seconds: str) -> None:
        answers[seconds] = container.request("POST", "/invocations", seconds.encode())

    slow = threading.Thread(target=ask, args=("30",))
    slow.start()
    time.sleep(0.5)
    quick = threading.Thread(target=ask, args=("0.01",))
    quick.start()
    time.sleep(0.1)
    assert container.request("GET", "/ping").status == 200
    slow.join()
    quick.join()
    assert answers["30"].status == 504 and json.loads(answers["30"].body)["error"]["code"] == "model_timeout"
    assert answers["0.01"].status == 200
    wait_for(lambda: len(events(container, "worker_started")) == 2)


def test_a_worker_is_recycled_without_losing_a_request(serve: Serve, code: Callable[..., Path]) -> None:
    container = serve(code(SLEEPER), SAGEMAKER_MODEL_SERVER_WORKERS=1, SLIPWAY_MAX_REQUESTS=20)
    statuses: list[int] = []

    def ask() -> None:
        statuses.extend(container.request("POST", "/invocations", b"0.01").status for _ in range(40))

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert statuses == [200] * 160 and len(events(container, "worker_recycled")) >= 2


def test_sigterm_finishes_what_runs_and_cuts_the_rest_with_an_answer(serve: Serve, code: Callable[..., Path]) -> None:
    container = serve(code(SLEEPER), SAGEMAKER_MODEL_SERVER_WORKERS=2, SLIPWAY_DRAIN_SECONDS=1.5)
    found: dict[str, int] = {}

    def ask(seconds: str) -> None:
        found[seconds] = container.request("POST", "/invocations", seconds.encode()).status

    threads = [threading.Thread(target=ask, args=(seconds,)) for seconds in ("1", "20")]
    for thread in threads:
        thread.start()
    time.sleep(0.4)
    assert container.terminate() == 0
    for thread in threads:
        thread.join()
    assert found == {"1": 200, "20": 503}


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("def model_fn(folder): raise RuntimeError('weights are gone')", "weights are gone"),
        ("def model_fn(folder):\n    import os\n    os._exit(0)", "the master ended"),
        ("this is no Python", "SyntaxError"),
    ],
)
def test_a_model_that_cannot_be_loaded_ends_the_container_with_its_cause(
    serve: Serve, code: Callable[..., Path], text: str, reason: str
) -> None:
    with pytest.raises(ContainerFailed):
        serve(code(text))


def test_wrong_settings_end_it_at_once(serve: Serve, wine: Path) -> None:
    container = serve(wine, ready=False, SLIPWAY_MAX_BATCH="many")
    assert container.wait(20) == 2 and "SLIPWAY_MAX_BATCH" in container.log.read_text()


def test_models_come_and_go(serve: Serve, wine: Path) -> None:
    container = serve(wine, SAGEMAKER_MULTI_MODEL="true", SAGEMAKER_MODEL_SERVER_WORKERS=2)
    folder = container.log.parent / "opt" / "ml" / "model"
    body = json.dumps({"model_name": "w", "url": str(folder)}).encode()
    assert container.request("POST", "/models", body, JSON).status == 200
    assert [container.request("POST", "/models/w/invoke", ROWS, JSON).status for _ in range(6)] == [200] * 6
    assert container.request("DELETE", "/models/w").status == 200
    assert container.request("POST", "/models/w/invoke", ROWS, JSON).status == 404
