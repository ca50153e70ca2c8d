"""`slipway load` with endpoints that the local AWS really serves."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

from slipway.load.find_max import Found, Step
from tests.cli.support import ROOT, Slipway
from tests.contract.support import CASES
from tests.invoke.served import Served, serving
from tests.load.delays import delayed

LOAD = ("load", "dev", "wine", "--local", "--processes", "1", "--cases", str(CASES))


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with serving(tmp_path_factory.mktemp("served")) as there:
        yield there


@pytest.fixture(autouse=True)
def _everywhere(served: Served) -> None:
    """Every test asks the local AWS."""


def invocations(served: Served, since: datetime) -> float:
    """What CloudWatch counts, over all variants."""
    total = 0.0
    for variant in ("main", "other"):
        dimensions = [{"Name": "EndpointName", "Value": "slipway-dev-wine"}, {"Name": "VariantName", "Value": variant}]
        span: dict[str, Any] = {"StartTime": since, "EndTime": datetime.now(timezone.utc) + timedelta(minutes=1), "Period": 60}
        found = served.client("cloudwatch").get_metric_statistics(
            Namespace="AWS/SageMaker", MetricName="Invocations", Dimensions=dimensions, Statistics=["Sum"], **span
        )
        total += sum(point["Sum"] for point in found["Datapoints"])
    return total


def test_the_report_and_cloudwatch_count_the_same(served: Served, slipway: Slipway, tmp_path: Path) -> None:
    since = datetime.now(timezone.utc) - timedelta(minutes=1)
    before = invocations(served, since)
    files = ("--report", str(tmp_path / "a.json"), "--html", str(tmp_path / "a.html"))
    done = slipway(*LOAD, "--rate", "50", "--duration", "2s", "--processes", "2", "--error-budget", "0", *files)
    assert done.code == 0, done.err + done.out
    assert "100 requests sent, 100 answered as expected; " in done.out
    report = json.loads((tmp_path / "a.json").read_text())
    assert report["requests"]["sent"] == report["requests"]["ok"] == 100 and report["variants"] == {"main": 100}
    assert [case["name"] for case in report["cases"]] == ["some numbers", "other numbers", "numbers as CSV"]
    assert report["target"]["name"] == "slipway-dev-wine" and report["target"]["environment"] == "dev"
    assert invocations(served, since) - before == 100
    page = (tmp_path / "a.html").read_text()
    assert page.startswith("<!doctype html>") and "Load test of slipway-dev-wine" in page


def test_refusals_are_answers_too_when_they_are_named(slipway: Slipway, tmp_path: Path) -> None:
    cases = tmp_path / "cases.yaml"
    refused = "{ name: half, body: '{', content_type: application/json, expect: { status: 400, content_type: text/plain } }"
    cases.write_text(CASES.read_text().replace("cases:\n", f"cases:\n  - {refused}\n"))
    names = ("--case", "half", "--case", "some numbers")
    done = slipway("load", "dev", "wine", "--local", "--cases", str(cases), *names, "--rate", "20", "--duration", "1s", "--json")
    report = json.loads(done.out)
    assert done.code == 0, report["problems"]
    assert report["requests"]["ok"] == 20 and [case["name"] for case in report["cases"]] == ["half", "some numbers"]
    assert report["statuses"] == {"200": 10, "400": 10}  # the container's own status, out of SageMaker's 424


def test_one_variant_and_random_arrivals(slipway: Slipway) -> None:
    done = slipway(*LOAD, "--variant", "other", "--ramp", "5:60", "--duration", "1s", "--poisson", "--seed", "4", "--json")
    report = json.loads(done.out)
    assert done.code == 1 and set(report["variants"]) == {"other"}  # times 5, where the cases say times 3
    assert report["requests"]["wrong"] == report["requests"]["due"] > 10 and report["arrivals"]["poisson"] is True
    assert report["objective"]["met"] is False and report["problems"][0]["outcome"] == "wrong"


def test_a_trace(slipway: Slipway, tmp_path: Path) -> None:
    (tmp_path / "trace.csv").write_text("time,count\n0,10\n0.5,5\n1.0,0\n")
    done = slipway(*LOAD, "--trace", str(tmp_path / "trace.csv"), "--json")
    report = json.loads(done.out)
    assert done.code == 0 and report["requests"]["ok"] == 15 and report["arrivals"]["kind"] == "trace"
    (tmp_path / "trace.csv").write_text("time,count\n0,10\n0.5,many\n")
    done = slipway(*LOAD, "--trace", str(tmp_path / "trace.csv"))
    assert done.code == 2 and f"{tmp_path}/trace.csv:3: 'many' is not a count" in done.err


def test_a_url_without_a_signature_and_two_reports_compared(slipway: Slipway, tmp_path: Path) -> None:
    cases = tmp_path / "cases.yaml"
    cases.write_text("version: 1\ncases:\n  - { name: one, body: '{}', expect: { json: { results: [3] } } }\n")
    for name, delay in (("a", 0.01), ("b", 0.05)):
        with delayed([delay]) as url:
            report = tmp_path / f"{name}.json"
            done = slipway(
                "load", "dev", url, "--processes", "1", "--cases", str(cases), "--rate", "40", "--duration", "1s", "--report", str(report)
            )
        assert done.code == 0, done.err
    done = slipway("load", "compare", str(tmp_path / "a.json"), str(tmp_path / "b.json"), "--html", str(tmp_path / "c.html"))
    assert done.code == 0 and "latency p50" in done.out and "the tests differ: target: " in done.out
    found = json.loads(slipway("load", "compare", str(tmp_path / "a.json"), str(tmp_path / "b.json"), "--json").out)
    rows = {row["name"]: row for row in found["rows"]}
    assert rows["latency p50"]["worse"] is True and rows["latency p50"]["change_percent"] > 200 and rows["failed"]["worse"] is None
    assert "Load tests compared" in (tmp_path / "c.html").read_text()


SCALED = """
endpoints:
  wine:
    variants: # as deployed
      - {{ variant_name: main, model: wine, instance_type: ml.m5.large, initial_instance_count: 1 }}
    autoscaling:
      main:
        min_capacity: 1
        max_capacity: 4
        policies:
          - {{ kind: target_tracking, name: a, metric: SageMakerVariantInvocationsPerInstance, target_value: {value} }} # measured
"""


def test_the_highest_rate_becomes_the_scaling_target(slipway: Slipway, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def one_step(probe: Callable[[float, str], Step], first: float, **_: float) -> Found:
        step = probe(first, "confirmation")
        return Found(first, "objective", [step])

    monkeypatch.setattr("slipway.load.search.find_max", one_step)
    file = Path(os.environ["SLIPWAY_ROOT"]) / "environments/dev.yaml"
    before = file.read_text()
    given = ("--rate", "30", "--duration", "1s", "--warmup", "0", "--find-max", "--slo-p99", "5000")
    try:
        file.write_text(before + SCALED.format(value=700))
        split = slipway(*LOAD, *given, "--write-target", "--variant", "other")
        assert split.code == 2 and "scales variant other of wine by no policy" in split.err
        files = ("--report", str(tmp_path / "max.json"), "--html", str(tmp_path / "max.html"))
        done = slipway(*LOAD, *given, "--write-target", "--safety-factor", "0.6", *files)
        assert done.code == 0, done.err
        assert file.read_text() == before + SCALED.format(value=1080)  # 30 x 0.6 x 60 of its one instance
    finally:
        file.write_text(before)
    assert "target_value 1080 (was 700) = 30/s per instance x 0.6 x 60" in done.out
    assert "confirmation: 30/s, p50 " in done.err and "highest rate that meets the objective: 30/s" in done.out
    found = json.loads((tmp_path / "max.json").read_text())
    assert found["scaling_target"]["target_value"] == 1080 and found["report"]["requests"]["ok"] == 30
    assert "Highest rate of slipway-dev-wine" in (tmp_path / "max.html").read_text()


def test_a_search_that_found_nothing_writes_nothing(slipway: Slipway, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("slipway.load.search.find_max", lambda probe, first, **_: Found(0, "nothing meets it", [probe(first, "first")]))
    file = Path(os.environ["SLIPWAY_ROOT"]) / "environments/dev.yaml"
    before = file.read_text()
    try:
        file.write_text(before + SCALED.format(value=700))
        done = slipway(*LOAD, "--rate", "5", "--duration", "1s", "--warmup", "0", "--find-max", "--slo-p99", "1", "--write-target")
        assert done.code == 1 and "no target was written: the search ended by nothing meets it" in done.err
        assert file.read_text() == before + SCALED.format(value=700)
    finally:
        file.write_text(before)
    assert "no rate meets the objective" in done.out


def test_ctrl_c_ends_with_the_report_so_far(tmp_path: Path) -> None:
    report = tmp_path / "report.json"
    command = [sys.executable, "-m", "slipway", *LOAD, "--rate", "20", "--duration", "10m", "--report", str(report), "--json"]
    with subprocess.Popen(command, cwd=ROOT, env=dict(os.environ), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        assert " requests, " in process.stderr.readline()  # a line of progress: it is under way
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
    assert process.returncode == 130, err
    found = json.loads(report.read_text())
    assert found["interrupted"] and found["requests"]["ok"] > 50 and "ended by Ctrl-C after " in found["warnings"][0]
    assert json.loads(out) == found and "Traceback" not in err and "error" not in err


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("wnie", "--rate", "5", "--duration", "1s"), "no endpoint wnie in account 111111111111 (dev)"),
        (("later", "--rate", "5", "--duration", "1s"), "endpoint slipway-dev-later is asynchronous"),
        (("wine", "--rate", "5", "--duration", "1s", "--variant", "nobody"), "has no variant nobody"),
        (("http://127.0.0.1/", "--through", "api", "--rate", "5", "--duration", "1s"), "--through api is for an endpoint"),
        (("wine", "--rate", "5"), "--rate needs --duration"),
        (("wine", "--ramp", "5:10"), "--ramp needs --duration"),
        (("wine", "--duration", "1s"), "one of --rate, --ramp and --trace is needed, got none of them"),
        (("wine", "--rate", "5", "--ramp", "1:2", "--duration", "1s"), "got --rate and --ramp"),
        (("wine", "--rate", "0", "--duration", "1s"), "--rate 0: must be above 0"),
        (("wine", "--rate", "-3", "--duration", "1s"), "--rate -3: must be above 0"),
        (("wine", "--rate", "1e9", "--duration", "1s"), "must be from 0 to 100000"),
        (("wine", "--ramp", "10", "--duration", "1s"), "--ramp 10: not two rates"),
        (("wine", "--rate", "5", "--duration", "soon"), "--duration soon: not a time above 0"),
        (("wine", "--rate", "5", "--duration", "0s"), "--duration 0s: not a time above 0"),
        (("wine", "--trace", "none.csv"), "none.csv cannot be read"),
        (("wine", "--rate", "5", "--duration", "1s", "--case", "nobody"), "has no case 'nobody'"),
        (("wine", "--rate", "5", "--duration", "1s", "--processes", "99"), "--processes 99: must be from 1 to 64"),
        (("wine", "--rate", "5", "--duration", "1s", "--max-in-flight", "0"), "--max-in-flight 0: must be from"),
        (("wine", "--rate", "5", "--duration", "1s", "--timeout", "0"), "--timeout 0: must be above 0"),
        (("wine", "--rate", "5", "--duration", "1s", "--warmup", "2"), "--warmup 2: must be below the duration"),
        (("wine", "--rate", "5", "--duration", "1s", "--auth", "magic"), "--auth magic: there is no such kind"),
        (("wine", "--rate", "5", "--duration", "1s", "--auth", "open"), "--auth open is for a URL"),
        (("wine", "--rate", "5", "--duration", "1s", "--error-budget", "101"), "--error-budget 101: must be from 0 to 100"),
        (("wine", "--rate", "5", "--duration", "1s", "--slo-p99", "0"), "--slo-p99 0: must be above 0"),
        (("wine", "--rate", "5", "--duration", "1s", "--report", "/does/not/exist.json"), "/does/not/exist.json cannot be written"),
        (("wine", "--find-max"), "--find-max needs an objective"),
        (("wine", "--find-max", "--slo-p99", "9", "--ramp", "1:2"), "--find-max chooses the rates itself"),
        (("wine", "--rate", "5", "--duration", "1s", "--write-target"), "--write-target needs --find-max and an endpoint"),
        (("wine", "--find-max", "--slo-p99", "9", "--safety-factor", "2"), "--safety-factor 2: must be above 0 and at most 1"),
        (("wine", "--find-max", "--slo-p99", "9", "--write-target"), "environments/dev.yaml scales variant main of wine by no policy"),
        (("http://", "--rate", "5", "--duration", "1s"), "http:// is no URL that can be asked"),
        (("http://example.com/a b", "--rate", "5", "--duration", "1s"), "is no URL that can be asked"),
        (("http://user:word@example.com/", "--rate", "5", "--duration", "1s"), "is no URL that can be asked"),
        (("http://x:port/", "--rate", "5", "--duration", "1s"), "is no URL that can be asked"),
        (("http://example.com/", "--auth", "api_key", "--rate", "5", "--duration", "1s"), "would send a secret over plain http"),
        (("https://example.com/", "--auth", "api_key", "--rate", "5", "--duration", "1s"), "SLIPWAY_LOAD_API_KEY"),
        (("https://example.com/", "--variant", "main", "--rate", "5", "--duration", "1s"), "are for endpoints, not for a URL"),
    ],
)
def test_bad_input_is_exit_2(slipway: Slipway, arguments: tuple[str, ...], says: str) -> None:
    done = slipway("load", "dev", *arguments, "--local", "--cases", str(CASES))
    assert (done.code, done.out) == (2, "") and says in done.err and "\n  fix: " in done.err


def test_case_files_and_reports_that_are_not_there(slipway: Slipway, tmp_path: Path) -> None:
    given = ("load", "dev", "wine", "--local", "--rate", "5", "--duration", "1s")
    done = slipway(*given)
    assert done.code == 2 and "which requests? the case file is missing" in done.err
    done = slipway(*given, "--cases", str(tmp_path / "none.yaml"))
    assert done.code == 2 and "none.yaml" in done.err
    (tmp_path / "empty.json").write_text("{}")
    for name, says in (("none.json", "cannot be read: No such file"), ("empty.json", "is no load report of format slipway-load/1")):
        done = slipway("load", "compare", str(tmp_path / name), str(tmp_path / name))
        assert done.code == 2 and says in done.err
    done = slipway("load", "compare", "a.json", "b.json", "--html", "/no/such/folder/page.html")
    assert done.code == 2 and "/no/such/folder/page.html cannot be written" in done.err


def test_an_endpoint_that_does_not_serve(slipway: Slipway) -> None:
    done = slipway("load", "dev", "broken", "--local", "--cases", str(CASES), "--rate", "5", "--duration", "1s")
    assert done.code == 1 and "endpoint slipway-dev-broken is Failed: " in done.err
