"""What runs in Lambda: the schedule, the metrics, and an end in time."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import pytest
from botocore.exceptions import ClientError

from modules._shared.expected import Expected
from modules.load_test.cases import LoadCase
from modules.load_test.function import handler as entry
from modules.load_test.function import publisher as publishing
from modules.load_test.function.message import BadMessage, Limits, Start
from modules.load_test.function.publisher import Publisher
from modules.load_test.function.settings import Settings
from modules.load_test.function.targets import Answer
from modules.load_test.function.tester import LoadClient
from modules.load_test.metrics import MAX_VALUES, Tally, rounded

LIMITS = Limits(clients=4, interval_in_seconds=0.5, duration_in_seconds=60)
SETTINGS = Settings("eu-west-1", "test", "wine", "slipway-test-wine", "", "POST", "aws_iam", LIMITS, 10, 60, "", "")


class FakeCloudWatch:
    """Keeps what it is given; refuses the first `refusals` requests."""

    def __init__(self, refusals: int = 0) -> None:
        self.refusals = refusals
        self.data: list[dict[str, Any]] = []

    def put_metric_data(self, Namespace: str, MetricData: list[dict[str, Any]]) -> None:
        assert Namespace == "Slipway/LoadTest" and len(MetricData) <= 1000
        if self.refusals:
            self.refusals -= 1
            raise ClientError({"Error": {"Code": "Throttling", "Message": ""}}, "PutMetricData")
        self.data += MetricData

    def close(self) -> None: ...

    def total(self, metric: str, dimensions: int, what: Callable[[float, float], float] = lambda value, count: value * count) -> float:
        """Sum of a metric with that many dimensions."""
        chosen = [item for item in self.data if item["MetricName"] == metric and len(item["Dimensions"]) == dimensions]
        return sum(what(v, n) for item in chosen for v, n in zip(item["Values"], item["Counts"], strict=True))


@pytest.fixture
def cloudwatch(monkeypatch: pytest.MonkeyPatch) -> FakeCloudWatch:
    fake = FakeCloudWatch()
    monkeypatch.setattr("boto3.client", lambda *_, **__: fake)
    return fake


@dataclass
class FakeTarget:
    """Answers after `seconds`; knows how many requests were under way at a time."""

    seconds: float = 0.0
    answer: Answer = Answer(200, "text/plain", b"yes")
    names: list[str] = field(default_factory=list)
    most: int = 0
    _now: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def send(self, case: LoadCase) -> Answer:
        with self._lock:
            self._now += 1
            self.most = max(self.most, self._now)
            self.names.append(case.name)
        time.sleep(self.seconds)
        with self._lock:
            self._now -= 1
        return self.answer

    def close(self) -> None: ...


def run(target: FakeTarget, start: Start, client: int = 0, threads: int = 10, cases: int = 1, stop: float = 1e12) -> tuple[Any, Publisher]:
    with Publisher(SETTINGS, lambda *_, **__: None) as publisher:
        several = [LoadCase(f"case {number}") for number in range(cases)]
        return LoadClient(start, client, several, target, publisher, threads, lambda *_, **__: None).run(stop), publisher


def soon(interval: float = 0.05, duration: float = 0.5, clients: int = 1) -> Start:
    return Start("r", time.time() + 0.2, clients, interval, duration)


@pytest.mark.usefixtures("cloudwatch")
def test_requests_go_out_whatever_the_answers_take() -> None:
    """Ten requests of 0.4 s in half a second: a client that waits for each answer would send two."""
    target = FakeTarget(seconds=0.4)
    outcome, _ = run(target, soon())
    assert (outcome.planned, outcome.sent, outcome.partial) == (10, 10, False)
    assert target.most > 2


@pytest.mark.usefixtures("cloudwatch")
def test_response_times_run_from_when_a_request_was_due() -> None:
    """One thread and answers of 0.2 s: the second request waits 0.15 s for the first, and that is part of its response time."""
    _, publisher = run(FakeTarget(seconds=0.2), soon(interval=0.05, duration=0.1), threads=1)
    (tally,) = publisher.total.values()
    first, *later = sorted(tally.times)
    assert first >= 200 and all(value >= 340 for value in later)


@pytest.mark.usefixtures("cloudwatch")
def test_what_cannot_be_sent_in_time_is_left_out_and_told() -> None:
    outcome, publisher = run(FakeTarget(seconds=0.3), soon(), threads=1)
    assert outcome.partial and outcome.sent < outcome.planned == 10
    assert sum(tally.requests for tally in publisher.total.values()) == outcome.sent


@pytest.mark.usefixtures("cloudwatch")
def test_a_tester_stops_when_lambdas_time_runs_out() -> None:
    start = soon(duration=30)
    outcome, _ = run(FakeTarget(), start, stop=start.start_at + 0.18)
    assert outcome.partial and outcome.planned == 600 and outcome.sent == 4


@pytest.mark.usefixtures("cloudwatch")
def test_a_late_tester_leaves_out_what_was_due_before() -> None:
    outcome, _ = run(FakeTarget(), Start("r", time.time() - 2, 1, 0.25, 2.5))
    assert outcome.partial and outcome.sent <= 2 and outcome.planned == 10 and outcome.late_seconds >= 2


@pytest.mark.usefixtures("cloudwatch")
def test_clients_share_the_cases_and_the_time_between_two_requests() -> None:
    names = []
    for client in range(2):
        target = FakeTarget()
        outcome, _ = run(target, soon(interval=0.1, duration=0.4, clients=2), client=client, cases=4, threads=1)
        assert outcome.planned == 4
        names.append(target.names)
    assert names == [["case 0", "case 2", "case 0", "case 2"], ["case 1", "case 3", "case 1", "case 3"]]


def test_every_request_is_one_or_zero_in_four_metrics(cloudwatch: FakeCloudWatch) -> None:
    with Publisher(SETTINGS, lambda *_, **__: None) as publisher:
        for number in range(10):
            publisher.add("a", 100 + number % 2, 12.345, status_success=number < 7, test_success=number < 4)
        publisher.add("b", 100, 1.0, status_success=True, test_success=True)
    for dimensions, more in ((3, 1), (2, 1)):
        sums = {name: cloudwatch.total(name, dimensions) for name in ("StatusSuccess", "StatusError", "TestSuccess", "TestFail")}
        assert sums == {"StatusSuccess": 7 + more, "StatusError": 3, "TestSuccess": 4 + more, "TestFail": 6}
        assert cloudwatch.total("TestFail", dimensions, lambda _, count: count) == 11
        assert cloudwatch.total("ResponseTime", dimensions) == pytest.approx(10 * 12.3 + 1)
    where = [{item["Name"]: item["Value"] for item in datum["Dimensions"]} for datum in cloudwatch.data]
    assert {"Environment": "test", "Target": "wine", "TestCase": "a"} in where and {"Environment": "test", "Target": "wine"} in where
    assert {datum["StorageResolution"] for datum in cloudwatch.data} == {1}


def test_what_cloudwatch_refuses_is_sent_again(cloudwatch: FakeCloudWatch, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(publishing, "EVERY_SECONDS", 0.01)
    cloudwatch.refusals = 2
    told: list[str] = []
    with Publisher(SETTINGS, lambda what, **_: told.append(what)) as publisher:
        publisher.add("a", 100, 1.0, status_success=True, test_success=True)
        while cloudwatch.refusals:
            time.sleep(0.01)
    assert cloudwatch.total("StatusSuccess", 3) == 1 and publisher.unpublished == 0
    assert told == ["metrics_not_taken", "metrics_not_taken"]


def test_what_cloudwatch_never_takes_is_told(cloudwatch: FakeCloudWatch) -> None:
    cloudwatch.refusals = 100
    with Publisher(SETTINGS, lambda *_, **__: None) as publisher:
        publisher.add("a", 100, 1.0, status_success=True, test_success=True)
    assert publisher.unpublished == 1


def test_a_datum_holds_150_values_at_most() -> None:
    tally = Tally()
    for number in range(400):
        tally.add(100 + number, status_success=True, test_success=True)
    data = [item for item in tally.data(0, {}) if item["MetricName"] == "ResponseTime"]
    assert [len(item["Values"]) for item in data] == [MAX_VALUES, MAX_VALUES, 100]
    assert (tally.percentile(0.5), tally.percentile(0.99), tally.percentile(1), Tally().percentile(0.5)) == (299, 495, 499, 0)


@pytest.mark.parametrize(("value", "expected"), [(0.0, 0.0), (0.012345, 0.0123), (12.345, 12.3), (999.6, 1000.0), (123456.0, 123000.0)])
def test_response_times_have_three_digits(value: float, expected: float) -> None:
    assert rounded(value) == expected


def test_the_start_invokes_one_tester_for_each_client(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    calls: list[dict[str, Any]] = []
    monkeypatch.setattr("boto3.client", lambda *_, **__: SimpleNamespace(invoke=lambda **call: calls.append(call)))
    monkeypatch.setattr(entry, "load_settings", lambda _: SETTINGS)
    context = SimpleNamespace(invoked_function_arn="arn:f")
    answer = entry.handler({"Records": [{"Sns": {"Message": '{"clients": 3, "run": "r"}'}}]}, context)
    assert answer == {"runs": ["r"]}
    assert [(call["FunctionName"], call["InvocationType"]) for call in calls] == [("arn:f", "Event")] * 3
    assert [json.loads(call["Payload"])["client"] for call in calls] == [0, 1, 2]
    assert len({json.loads(call["Payload"])["start_at"] for call in calls}) == 1, "all begin together"
    with pytest.raises(BadMessage):
        entry.handler({"Records": [{"Sns": {"Message": "go"}}]}, context)
    assert [json.loads(line)["event"] for line in capsys.readouterr().out.splitlines()] == ["started", "refused"]


def test_a_tester_reports_what_it_did(
    cloudwatch: FakeCloudWatch, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    case = LoadCase("a", expect=Expected(compares="text", text="no"))
    monkeypatch.setattr(entry, "load_settings", lambda _: SETTINGS)
    monkeypatch.setattr(entry, "load_cases", lambda _: [case])
    monkeypatch.setattr(entry, "open_target", lambda _: FakeTarget())
    context = SimpleNamespace(get_remaining_time_in_millis=lambda: 150_000)
    summary = entry.handler(soon(duration=0.2).task(0), context)
    assert (summary["planned"], summary["sent"], summary["partial"], summary["unpublished"]) == (4, 4, False, 0)
    assert summary["cases"] == {"a": {"requests": 4, "StatusSuccess": 4, "StatusError": 0, "TestSuccess": 0, "TestFail": 4}}
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [line["event"] for line in lines] == ["test_failed"] * 3 + ["finished"]
    assert sum(lines[-1]["times"].values()) == 4
    assert cloudwatch.total("TestFail", 2) == 4
