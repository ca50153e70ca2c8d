"""Testers in Lambda on the local AWS: one message starts them all, and what they publish is what the endpoint counted."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from modules._shared.expected import Expected
from modules._shared.naming import Naming
from modules.api.spec import ApiSpec
from modules.load_test.cases import LoadCase
from modules.load_test.construct import ApiRefs
from modules.load_test.metrics import NAMESPACE, dimensions
from modules.load_test.spec import ApiTarget, EndpointTarget, LoadTestSpec
from slipway.artifacts.sample_image import build_image_archive
from slipway.dashboards.render import draw
from slipway.load.distributed import Report, follow, start
from slipway.localaws.control import reset
from slipway.localaws.server import start as start_local_aws
from slipway.progress import Silent
from tests.invoke.fronted import Front
from tests.load.tester_lab import ENDPOINT, account_of, create_endpoint, deploy_testers, log_events, statistics
from tests.localaws.hosting.lab import Lab
from tests.localaws.strict import StrictClients

pytestmark = pytest.mark.slow(minutes=1)
DELAY_MS = 200.0
TEXT = {"Content-Type": "text/plain"}
CASES = [
    LoadCase("as expected", b"sleep 0.2", TEXT, Expected(content_type="application/json")),
    LoadCase("another answer", b"sleep 0.2", TEXT, Expected(compares="json", json={"answer": "no"})),
    LoadCase("an error", b"fail", TEXT, Expected()),
    LoadCase("the error it must give", b"fail", TEXT, Expected(status=500)),
]
OUTCOMES = {  # StatusSuccess, StatusError, TestSuccess, TestFail of each request
    "as expected": (1, 0, 1, 0),
    "another answer": (1, 0, 0, 1),
    "an error": (0, 1, 0, 1),
    "the error it must give": (0, 1, 1, 0),
}
SPEC = LoadTestSpec(target=EndpointTarget(name="wine"), case_file="cases.yaml", clients=4, interval_in_seconds=0.1, duration_in_seconds=30)
COUNTS = ("StatusSuccess", "StatusError", "TestSuccess", "TestFail")


@pytest.fixture(scope="module")
def client() -> Iterator[Any]:
    with start_local_aws() as server:
        yield StrictClients(server.url)
        reset()


@pytest.fixture(scope="module")
def report(client: Any, tmp_path_factory: pytest.TempPathFactory) -> Report:
    """Three clients, ten requests a second each, for four seconds: a shorter run than the module's options allow."""
    image = tmp_path_factory.mktemp("image") / "tiny.tar"
    build_image_archive(Path(__file__).parents[1] / "localaws" / "hosting" / "container", image)
    create_endpoint(Lab(client, image))
    account = deploy_testers(client, SPEC, CASES)
    return follow(account, Report(start(account, clients=3, duration=4)), Silent())


def test_one_message_starts_every_client(report: Report, client: Any) -> None:
    assert report.finished and report.run.planned == 120
    assert sorted(report.testers) == [0, 1, 2]
    assert statistics(client, "AWS/Lambda", "Invocations", {"FunctionName": "slipway-dev-load-test"}, "Sum") == {"Sum": 4}
    assert statistics(client, "AWS/Lambda", "Errors", {"FunctionName": "slipway-dev-load-test"}, "Sum") == {"Sum": 0}


def test_interval_and_duration_are_kept(report: Report) -> None:
    assert report.together.requests == report.run.planned
    assert not report.as_dict()["partial"]
    assert {tester["sent"] for tester in report.testers.values()} == {40}


def test_the_metrics_count_what_the_endpoint_counted(report: Report, client: Any) -> None:
    variant = {"EndpointName": ENDPOINT, "VariantName": "main"}
    invocations = statistics(client, "AWS/SageMaker", "Invocations", variant, "Sum")["Sum"]
    assert report.metrics["StatusSuccess"] + report.metrics["StatusError"] == invocations == 120
    assert report.metrics == report.together.counts()


def test_every_case_has_its_own_outcome(report: Report, client: Any) -> None:
    for name, outcome in OUTCOMES.items():
        where = dimensions("dev", "wine", name)
        found = [statistics(client, NAMESPACE, metric, where, "Sum", "SampleCount") for metric in COUNTS]
        assert [item["Sum"] for item in found] == [30 * value for value in outcome], name
        assert {item["SampleCount"] for item in found} == {30}, "successes are a rate too: each request is 1 or 0"
        assert report.cases[name] == {"requests": 30, **dict(zip(COUNTS, (30 * value for value in outcome), strict=True))}


def test_response_times_include_the_whole_answer(report: Report, client: Any) -> None:
    """The container takes 200 ms; the first implementation measured the sending alone, a fraction of a millisecond."""
    slow = statistics(client, NAMESPACE, "ResponseTime", dimensions("dev", "wine", "as expected"), "Minimum", "p50", "p99")
    assert DELAY_MS <= slow["Minimum"] <= slow["p50"] <= slow["p99"]
    latency = report.as_dict()["latency_ms"]
    assert latency["p99"] >= DELAY_MS
    assert 0 < latency["p50"] <= latency["p90"] <= latency["p99"] <= latency["max"]
    together = statistics(client, NAMESPACE, "ResponseTime", dimensions("dev", "wine"), "p90", "Maximum")
    assert together["Maximum"] == latency["max"]
    assert together["p90"] == pytest.approx(latency["p90"], rel=0.05)


def test_through_the_api_with_its_key(report: Report, client: Any) -> None:
    """The first implementation's API asked for a key that its tester never sent."""
    assert report.finished
    plans = {"kind": "api_key", "usage_plans": {"plan": {"keys": ["testers"], "rate_limit": 1000, "burst_limit": 1000}}}
    front = Front(client, ApiSpec.model_validate({"endpoints": {"wine": {"content_types": ["text/plain"]}}, "authorization": plans}))
    (key,) = client("apigateway").get_api_keys()["items"]
    host, path = f"{front.id}.execute-api.eu-west-1.amazonaws.com", f"/dev{front.path('wine')}"
    route = ApiRefs(front.id, host, path, "POST", "dev", front.path("wine"), "api_key", key["id"])
    spec = LoadTestSpec(target=ApiTarget(kind="api", name="wine", api_key="testers"), case_file="cases.yaml", clients=1)
    account = deploy_testers(client, spec, CASES[:1], route, Naming("slipway", "key", "111111111111", "eu-west-1"))
    found = follow(account, Report(start(account, duration=3)), Silent())
    assert found.metrics == {"StatusSuccess": 3, "StatusError": 0, "TestSuccess": 3, "TestFail": 0}
    assert statistics(client, "AWS/ApiGateway", "Count", {"ApiName": "slipway-dev-api"}, "Sum") == {"Sum": 3}


def test_every_graph_of_the_dashboard_shows_data(report: Report, client: Any) -> None:
    drawn = draw(account_of(client, SPEC), seconds=600).summary()
    assert [graph["title"] for graph in drawn if not all(line["points"] for line in graph["series"])] == []
    sums = {graph["title"]: [line["sum"] for line in graph["series"]] for graph in drawn}
    assert sums["All cases: requests"] == [report.metrics[name] for name in COUNTS]
    assert sums["an error: requests"] == [0, 30, 0, 30]


def test_the_log_tells_no_payload(report: Report, client: Any) -> None:
    events = log_events(client)
    assert report.finished and {event["event"] for event in events} == {"started", "test_failed", "finished"}
    told = [event for event in events if event["event"] == "test_failed"]
    assert {event["case"] for event in told} == {"another answer", "an error"}
    assert len(told) == 2 * 3 * 3, "three examples of each case and client"
    assert not any("yes" in str(event) for event in events)
