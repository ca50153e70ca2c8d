"""Real processes against a real server: what becomes of requests, and that their sum is what was due."""

from __future__ import annotations

import http.server
import json
import os
import signal
import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from slipway.contract.cases import Case, Expected
from slipway.errors import SlipwayError
from slipway.load.arrivals import constant
from slipway.load.plan import Plan
from slipway.load.report import build
from slipway.load.run import Progress, run
from slipway.load.signing import Auth
from slipway.load.slo import Objective
from slipway.load.tally import OUTCOMES, Measured
from tests.load.delays import delayed

GOOD = Expected(compares="json", json={"results": [3]})
ABOUT = {"target": {"name": "x", "environment": "dev"}, "arrivals": {"kind": "constant", "rate": 1}, "case_file": "cases.yaml"}


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with delayed([0.002]) as url:
        yield url


def case(name: str, body: str = "{}", **more: Any) -> Case:
    return Case(name, body.encode(), "application/json", expect=replace(GOOD, **more))


def plan(url: str, *cases: Case, rate: float = 100, seconds: float = 0.5, **more: Any) -> Plan:
    return Plan(url, Auth("open"), cases or (case("good"),), constant(rate, seconds), **more)


def report(made: Plan, measured: Measured) -> dict[str, Any]:
    return build(made, measured, ABOUT, Objective())


def test_every_kind_of_answer_is_counted_over_two_processes(server: str) -> None:
    cases = (
        case("good"),
        case("wrong", "wrong"),
        case("refused", "bad"),
        case("cut", "cut"),
        case("expected", "bad", status=503, compares=None),
    )
    made = plan(server, *cases, processes=2)
    found = report(made, run(made))
    requests = found["requests"]
    assert {name: requests[name] for name in OUTCOMES} == {
        "ok": 20, "wrong": 10, "refused": 10, "timeout": 0, "connection": 10, "unsent": 0, "unfinished": 0
    }  # fmt: skip
    assert requests["due"] == requests["sent"] == requests["planned"] == 50 and found["failed_percent"] == 60
    assert found["statuses"] == {"200": 20, "503": 20}
    assert found["latency_ms"]["count"] == found["service_ms"]["count"] == 20
    assert [(item["name"], item["ok"], item["failed"]) for item in found["cases"]] == [
        ("good", 10, 0), ("wrong", 0, 10), ("refused", 0, 10), ("cut", 0, 10), ("expected", 10, 0)
    ]  # fmt: skip
    problems = {item["case"]: (item["outcome"], item["problem"], item["count"]) for item in found["problems"]}
    assert problems["refused"] == ("refused", 'status: expected 200, got 503 ({"message": "no capacity"})', 10)
    assert problems["wrong"][0] == "wrong" and "results[0]" in problems["wrong"][1]
    assert problems["cut"] == ("connection", "closed by the other side", 10)
    assert sum(second["due"] for second in found["each_second"]) == 50
    assert json.loads(json.dumps(found)) == found
    assert found["objective"]["met"] is False and found["objective"]["misses"] == ["60 % of the requests failed, the error budget is 0.1 %"]


def test_a_target_that_is_too_slow() -> None:
    with delayed([5.0]) as url:
        made = plan(url, rate=20, seconds=0.5, timeout=0.3, max_in_flight=2)
        found = report(made, run(made))
    requests = found["requests"]
    assert requests["timeout"] + requests["unsent"] == requests["due"] == 10
    assert requests["timeout"] >= 2 and requests["unsent"] >= 4
    assert found["latency_ms"]["count"] == 10 and found["latency_ms"]["p50"] >= 295  # what was waited is a lower bound
    assert any("were never sent: all 2 connections were in use" in text for text in found["warnings"])


def test_requests_that_wait_for_a_connection_are_sent_and_their_wait_counts() -> None:
    with delayed([0.05]) as url:
        made = plan(url, rate=100, seconds=0.2, max_in_flight=1)
        found = report(made, run(made))
    requests = found["requests"]
    assert requests["ok"] == 20 and requests["waited_for_connection"] == 19 and requests["late"] == 19
    assert found["latency_ms"]["max"] > 20 * 50 - 200 - 20 > found["service_ms"]["p50"]


class _Dripping(http.server.BaseHTTPRequestHandler):
    """The head at once, the body in two halves with a pause between."""

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.send_header("Content-Length", "16")
        self.end_headers()
        self.wfile.write(b'{"resul')
        self.wfile.flush()
        time.sleep(0.2)
        self.wfile.write(b'ts": [3]}')

    def log_message(self, format: str, *args: object) -> None:
        """Quiet."""


def test_the_latency_includes_reading_the_answer() -> None:
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Dripping) as dripping:
        threading.Thread(target=dripping.serve_forever, daemon=True).start()
        found = run(plan(f"http://127.0.0.1:{dripping.server_address[1]}/", rate=20, seconds=0.25))
        dripping.shutdown()
    assert found.counts.outcomes == {"ok": 5}
    assert found.latency.percentile(0.0) >= 200 and found.service.percentile(0.0) >= 200


def test_nobody_listens() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        found = run(plan(f"http://127.0.0.1:{free.getsockname()[1]}/", rate=40, seconds=0.25))
    assert found.counts.outcomes == {"connection": 10}
    (problem,) = found.counts.problems
    assert problem[2].startswith("ConnectionRefusedError: ")


def test_the_warm_up_is_sent_but_not_timed(server: str) -> None:
    made = plan(server, rate=40, seconds=1.0, warmup=0.5)
    found = report(made, run(made))
    assert found["requests"]["ok"] == 40 and found["requests"]["warmup"] == 20
    assert found["latency_ms"]["count"] == found["service_ms"]["count"] == 20


def test_progress_grows_to_the_whole(server: str) -> None:
    seen: list[tuple[float, int]] = []

    def tell(progress: Progress) -> None:
        seen.append((progress.elapsed, progress.counts.due))

    assert run(plan(server, rate=50, seconds=1.2), tell).counts.due == 60
    assert seen == sorted(seen) and len(seen) >= 3 and seen[-1][1] == 60


def test_an_interruption_ends_with_what_was_measured(server: str) -> None:
    interrupted: list[bool] = []

    def tell(progress: Progress) -> None:
        if progress.counts.due and not interrupted:
            interrupted.append(True)
            os.kill(os.getpid(), signal.SIGINT)

    made = plan(server, rate=50, seconds=60.0)
    found = report(made, run(made, tell))
    assert found["interrupted"] and 0 < found["requests"]["due"] < 1500
    assert sum(found["requests"][name] for name in OUTCOMES) == found["requests"]["due"]
    assert found["warnings"][0].startswith("ended by Ctrl-C after ")


def test_a_process_that_cannot_work_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_PROFILE", "nobody")
    made = replace(plan("http://127.0.0.1:1/"), auth=Auth("aws_iam", "sagemaker", "eu-west-1"))
    with pytest.raises(SlipwayError, match=r"a client process of the load test failed: ProfileNotFound: .*nobody"):
        run(made)
