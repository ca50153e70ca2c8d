"""`slipway load ENV TARGET --distributed`: what is asked for, what it prints, and how it ends."""

from __future__ import annotations

import json
from datetime import datetime
from types import SimpleNamespace
from typing import Any

import pytest
from botocore.exceptions import ClientError

from modules._shared.naming import Naming
from modules.load_test.spec import EndpointTarget, LoadTestSpec
from slipway.cli import load_distributed
from slipway.cli.load_distributed import Options, send
from slipway.errors import InputError, SlipwayError
from slipway.load import distributed
from slipway.load.distributed import Report, Run, follow, start
from slipway.progress import Silent
from tests.cli.support import Slipway

NAMING = Naming("slipway", "test", "111111111111", "eu-west-1")
SPEC = LoadTestSpec(target=EndpointTarget(name="wine"), case_file="cases.yaml", clients=2, interval_in_seconds=0.5, duration_in_seconds=60)


class FakeAws:
    """Clients of SNS, CloudWatch and Logs in one: keeps messages, answers with `values` and `lines`."""

    def __init__(self) -> None:
        self.messages: list[dict[str, Any]] = []
        self.values: dict[str, list[float]] = {}
        self.lines: list[dict[str, Any]] = []
        self.failure = ""

    def __call__(self, _service: str) -> FakeAws:
        return self

    def publish(self, **message: str) -> None:
        if self.failure:
            raise ClientError({"Error": {"Code": self.failure, "Message": "no"}}, "Publish")
        self.messages.append(message)

    def get_paginator(self, name: str) -> Any:
        return SimpleNamespace(paginate=getattr(self, name))

    def get_metric_data(self, MetricDataQueries: list[dict[str, Any]], **_: Any) -> list[dict[str, Any]]:
        return [
            {
                "MetricDataResults": [
                    {"Id": query["Id"], "Values": self.values.get(query["MetricStat"]["Metric"]["MetricName"], [])}
                    for query in MetricDataQueries
                ]
            }
        ]

    def filter_log_events(self, **_: Any) -> list[dict[str, Any]]:
        return [{"events": [{"message": "START RequestId: 1"}, *({"message": json.dumps(line)} for line in self.lines)]}]


def account(aws: FakeAws, spec: LoadTestSpec | None = SPEC) -> Any:
    return SimpleNamespace(naming=NAMING, config=SimpleNamespace(name="test", load_test=spec), client=aws)


def finished(run: str, client: int, ok: int = 3, bad: int = 0, partial: bool = False) -> dict[str, Any]:
    counts = {"requests": ok + bad, "StatusSuccess": ok, "StatusError": bad, "TestSuccess": ok, "TestFail": bad}
    told = {"planned": ok + bad, "sent": ok + bad, "partial": partial, "cases": {"a": counts}, "times": {"10": ok, "20": bad}}
    return {"event": "finished", "run": run, "client": client, **told}


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> FakeAws:
    monkeypatch.setattr(distributed, "_POLL_SECONDS", 0.01)
    return FakeAws()


def test_the_message_holds_what_was_asked_for(aws: FakeAws) -> None:
    run = start(account(aws), clients=1, duration=10)
    assert aws.messages[0]["TopicArn"] == "arn:aws:sns:eu-west-1:111111111111:slipway-test-load-test"
    assert json.loads(aws.messages[0]["Message"]) == {"run": run.id, "clients": 1, "duration_in_seconds": 10}
    assert (run.clients, run.interval_in_seconds, run.duration_in_seconds, run.planned) == (1, 0.5, 10, 20)


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({"clients": 3}, "clients 3: the environment's load_test allows at most 2"),
        ({"clients": 0}, "clients 0: the environment's load_test allows at most 2"),
        ({"interval": 0.1}, "interval_in_seconds 0.1: the environment's load_test allows at least 0.5"),
        ({"duration": 61}, "duration_in_seconds 61: the environment's load_test allows at most 60"),
    ],
)
def test_more_than_the_environment_allows_is_refused(asked: dict[str, Any], message: str, aws: FakeAws) -> None:
    with pytest.raises(InputError, match=message):
        start(account(aws), **asked)
    assert aws.messages == []


def test_testers_that_are_not_there(aws: FakeAws) -> None:
    with pytest.raises(InputError, match="test has no `load_test`"):
        start(account(aws, None))
    aws.failure = "NotFound"
    with pytest.raises(SlipwayError, match="there is no topic arn:aws:sns:eu-west-1:111111111111:slipway-test-load-test") as error:
        start(account(aws))
    assert error.value.fix == "deploy the testers first: slipway deploy test"
    aws.failure = "AuthorizationError"
    with pytest.raises(SlipwayError, match="cannot start the testers"):
        start(account(aws))


def test_a_run_is_followed_until_every_tester_and_cloudwatch_agree(aws: FakeAws) -> None:
    report = Report(start(account(aws)))
    aws.values = {"StatusSuccess": [2.0, 4.0], "TestSuccess": [6.0], "StatusError": [1.0], "TestFail": [1.0]}
    aws.lines = [
        finished(report.run.id, 0),
        finished("another run", 1),
        finished(report.run.id, 1, bad=1),
        finished(report.run.id, 1, bad=1),
    ]
    found = follow(account(aws), report, Silent()).as_dict()
    assert (found["requests"], found["StatusError"], found["testers_finished"], found["partial"]) == (7, 1, 2, False)
    assert found["latency_ms"]["p50"] == 10 and found["latency_ms"]["max"] == 20
    assert found["cases"] == {"a": {"requests": 7, "StatusSuccess": 6, "StatusError": 1, "TestSuccess": 6, "TestFail": 1}}
    assert found["metrics"] == {"StatusSuccess": 6, "StatusError": 1, "TestSuccess": 6, "TestFail": 1}


def test_a_tester_that_never_reports_ends_the_wait(aws: FakeAws, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(distributed, "GRACE_SECONDS", -1000.0)
    report = follow(account(aws), Report(start(account(aws))), Silent())
    assert not report.finished and report.as_dict()["partial"]


def test_a_message_that_the_testers_refuse_ends_the_wait(aws: FakeAws) -> None:
    report = Report(start(account(aws)))
    aws.lines = [{"event": "refused", "run": report.run.id, "error": "clients is 2; 1 to 1 is allowed here"}]
    with pytest.raises(SlipwayError, match="the testers refuse to start: clients is 2; 1 to 1 is allowed here"):
        follow(account(aws), report, Silent())


def test_metrics_are_counted_from_the_testers_own_start(aws: FakeAws, monkeypatch: pytest.MonkeyPatch) -> None:
    """The clock here may be ahead of theirs."""
    windows: list[float] = []

    def get_metric_data(StartTime: datetime, **_: Any) -> list[Any]:
        windows.append(StartTime.timestamp())
        return []

    monkeypatch.setattr(aws, "get_metric_data", get_metric_data)
    monkeypatch.setattr(distributed, "GRACE_SECONDS", -103.0)
    report = Report(start(account(aws), duration=40))
    aws.lines = [{"event": "started", "run": report.run.id, "start_at": 1234.5}]
    follow(account(aws), report, Silent())
    assert set(windows) == {1234.0}


def options(**more: Any) -> Options:
    return Options(**{"target": "wine", "clients": None, "interval": None, "duration": "", "others": {}, **more})


def test_another_target_and_options_of_this_machine_are_refused(aws: FakeAws) -> None:
    with pytest.raises(InputError, match="the testers of test ask wine, not beer"):
        send(account(aws), options(target="beer"), as_json=False)
    with pytest.raises(InputError, match="--rate, --ramp: not with --distributed"):
        send(account(aws), options(others={"--rate": 5.0, "--ramp": "1:2", "--trace": None}), as_json=False)


def _followed(monkeypatch: pytest.MonkeyPatch, aws: FakeAws, *, bad: int = 0, partial: bool = False, interrupt: bool = False) -> None:
    """Let the testers report at once; with `interrupt`, Ctrl-C comes after the first."""

    def begin(*_: Any, **__: Any) -> Run:
        run = Run("r", "wine", 2, 0.5, 60, 0.0)
        aws.values = {"StatusSuccess": [6.0], "StatusError": [float(bad)]}
        aws.lines = [finished("r", 0, bad=bad, partial=partial), *([] if interrupt else [finished("r", 1)])]
        return run

    monkeypatch.setattr(load_distributed, "start", begin)
    monkeypatch.setattr("time.time", lambda: 0.0)
    if interrupt:
        monkeypatch.setattr("time.sleep", lambda _: (_ for _ in ()).throw(KeyboardInterrupt))


@pytest.mark.parametrize(
    ("case", "code"),
    [({}, 0), ({"bad": 1}, 1), ({"partial": True}, 1), ({"interrupt": True}, 130)],
    ids=["as expected", "a failed case", "a partial run", "Ctrl-C"],
)
def test_the_exit_code(
    case: dict[str, Any], code: int, aws: FakeAws, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    _followed(monkeypatch, aws, **case)
    assert send(account(aws), options(), as_json=True) == code
    found = json.loads(capsys.readouterr().out)
    assert found["interrupted"] == (code == 130) and found["testers_finished"] == (1 if code == 130 else 2)


def test_what_people_read(aws: FakeAws, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    _followed(monkeypatch, aws, bad=1)
    send(account(aws), options(), as_json=False)
    printed = capsys.readouterr()
    assert "2 of 2 testers finished; 7 of 240 requests" in printed.out
    assert "response time p50 10 ms, p90 20 ms" in printed.out
    assert "together" in printed.out and "client 0 sent 4 of 4 requests" in printed.err


def test_options_of_the_testers_need_the_testers(capsys: pytest.CaptureFixture[str]) -> None:
    done = Slipway(capsys)("load", "dev", "wine", "--clients", "3")
    assert done.code == 2 and "--clients and --interval need --distributed" in done.err


def test_an_environment_without_testers(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("slipway.artifacts.account.Account.require", lambda _: None)
    done = Slipway(capsys)("load", "dev", "wine", "--distributed", "--rate", "5")
    assert done.code == 2 and "--rate: not with --distributed" in done.err
    done = Slipway(capsys)("load", "dev", "wine", "--distributed", "--duration", "5s")
    assert done.code == 2 and "dev has no `load_test`" in done.err
