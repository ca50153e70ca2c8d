"""`slipway dashboard` and `slipway status` over an endpoint that the local AWS really runs."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

from tests.cli.support import ROOT, Slipway
from tests.invoke.served import Served, serving

NAME = "slipway-dev-wine"
SENT = {"main": 7, "other": 4}
ROW = ["AWS/SageMaker", "Invocations", "EndpointName", NAME, "VariantName"]
WIDGET = {
    "type": "metric",
    "width": 12,
    "height": 6,
    "properties": {
        "title": "Invocations",
        "region": "eu-west-1",
        "stat": "Sum",
        "period": 60,
        "metrics": [[*ROW, "main", {"label": "main"}], [*ROW, "other", {"label": "other"}]],
    },
}


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with serving(tmp_path_factory.mktemp("served")) as there:
        body = json.dumps({"start": "-PT1H", "widgets": [WIDGET]})
        there.client("cloudwatch").put_dashboard(DashboardName="slipway-dev", DashboardBody=body)
        there.client("cloudwatch").put_dashboard(DashboardName="slipway-dev-2", DashboardBody=body)
        there.client("cloudwatch").put_dashboard(DashboardName="slipway-dev-other", DashboardBody=body)
        for variant, count in SENT.items():
            for _ in range(count):
                ask(there, variant)
        yield there


def ask(served: Served, variant: str, body: str = '{"numbers": [1]}') -> None:
    asked = {"EndpointName": NAME, "Body": body, "ContentType": "application/json", "TargetVariant": variant}
    served.client("sagemaker-runtime").invoke_endpoint(**asked)


def sums(served: Served) -> dict[str, float]:
    """What CloudWatch itself says."""
    found = {}
    for variant in SENT:
        answer = served.client("cloudwatch").get_metric_statistics(
            Namespace="AWS/SageMaker",
            MetricName="Invocations",
            Dimensions=[{"Name": "EndpointName", "Value": NAME}, {"Name": "VariantName", "Value": variant}],
            StartTime=datetime.now(timezone.utc) - timedelta(hours=1),
            EndTime=datetime.now(timezone.utc) + timedelta(minutes=1),
            Period=60,
            Statistics=["Sum"],
        )
        found[variant] = sum(point["Sum"] for point in answer["Datapoints"])
    return found


def test_the_page_and_the_numbers_are_those_of_cloudwatch(served: Served, slipway: Slipway, tmp_path: Path) -> None:
    file = tmp_path / "dashboard.html"
    done = slipway("dashboard", "dev", "--local", "--html", str(file), "--json")
    assert done.code == 0, done
    found = json.loads(done.out)
    assert found["dashboards"] == ["slipway-dev", "slipway-dev-2"] and found["end"] - found["start"] == 3600
    assert {line["label"]: line["sum"] for line in found["widgets"][0]["series"]} == sums(served) == SENT
    html = file.read_text()
    rows = re.findall(r'<th scope="row">(\w+)</th>(?:<td>[^<]*</td>)*?<td>(\d+)</td></tr>', html)
    assert rows[:2] == [(variant, str(count)) for variant, count in SENT.items()]


def test_in_the_terminal(served: Served, slipway: Slipway) -> None:
    done = slipway("dashboard", "dev", "--local", "--since", "90s", "--period", "10")
    assert done.code == 0 and "Invocations" in done.out and "other" in done.out
    written = slipway("dashboard", "dev", "--local", "--html", "/dev/null")
    assert written.out == "/dev/null: 2 graphs of slipway-dev, slipway-dev-2\n"


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("dev", "--period", "7"), "--period 7 is no period of CloudWatch"),
        (("dev", "--since", "soon"), "soon"),
        (("dev", "--html", "/no/such/folder/x.html"), "there is no folder /no/such/folder"),
        (("nowhere",), "nowhere"),
    ],
)
def test_what_is_refused(served: Served, slipway: Slipway, arguments: tuple[str, ...], says: str) -> None:
    done = slipway("dashboard", *arguments, "--local")
    assert done.code == 2 and says in done.err


def test_status(served: Served, slipway: Slipway) -> None:
    done = slipway("status", "dev", "--local", "--json", "--since", "1h")
    assert done.code == 0, done
    found = json.loads(done.out)
    (endpoint,) = found["endpoints"]
    assert (endpoint["name"], endpoint["state"], endpoint["hosting"]) == (NAME, "InService", "instances")
    variants = {variant["name"]: variant for variant in endpoint["variants"]}
    assert {name: one["traffic"]["requests"] for name, one in variants.items()} == SENT
    assert variants["main"]["desired"] == variants["main"]["running"] == 1 and variants["main"]["traffic"]["p99_ms"] > 0
    assert sum(one["share"] for one in variants.values()) == pytest.approx(100)
    shown = slipway("status", "dev", "--local", "--since", "1h")
    assert shown.code == 0 and NAME in shown.out and "InService" in shown.out and "no alarms" in shown.out


def test_an_alarm_makes_it_fail(served: Served, slipway: Slipway) -> None:
    cloudwatch = served.client("cloudwatch")
    cloudwatch.put_metric_alarm(
        AlarmName="slipway-dev-wine-silent", MetricName="Invocations", Namespace="Nobody", Statistic="Sum", Period=60,
        EvaluationPeriods=1, Threshold=1.0, ComparisonOperator="LessThanThreshold", TreatMissingData="breaching",
    )  # fmt: skip
    ends = time.monotonic() + 30
    while (done := slipway("status", "dev", "--local")).code == 0 and time.monotonic() < ends:
        time.sleep(0.2)
    assert done.code == 1 and "alarm slipway-dev-wine-silent is in ALARM" in done.out
    cloudwatch.delete_alarms(AlarmNames=["slipway-dev-wine-silent"])
    assert slipway("status", "dev", "--local").code == 0


def test_watching_ends_with_ctrl_c(served: Served) -> None:
    environ = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "slipway", "status", "dev", "--local", "--watch", "--interval", "1", "--json"]
    with subprocess.Popen(command, env=environ, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as watching:
        assert watching.stdout
        looks = [json.loads(watching.stdout.readline()) for _ in range(2)]
        watching.send_signal(signal.SIGINT)
        _, err = watching.communicate(timeout=20)
    assert watching.returncode == 0 and err == ""
    assert [look["endpoints"][0]["state"] for look in looks] == ["InService", "InService"]


def test_watching_in_a_terminal(served: Served, slipway: Slipway, monkeypatch: pytest.MonkeyPatch) -> None:
    """The view is drawn again after each pause; a look that fails does not end it."""
    import slipway.dashboards.status as looked_at
    from slipway.cli import cmd_status
    from slipway.errors import SlipwayError

    pauses = iter([None, None])
    read, looks = looked_at.read_status, iter([True, False, True])

    def sometimes(*arguments: Any) -> Any:
        if not next(looks):
            raise SlipwayError("throttled for a moment")
        return read(*arguments)

    def pause(_: float) -> None:
        if next(pauses, "over") == "over":
            raise KeyboardInterrupt

    monkeypatch.setattr(looked_at, "read_status", sometimes)
    monkeypatch.setattr(cmd_status.time, "sleep", pause)
    done = slipway("status", "dev", "--local", "--watch")
    assert done.code == 0 and NAME in done.out and "alarms" in done.out


def test_no_dashboard_is_said(served: Served, slipway: Slipway) -> None:
    cloudwatch = served.client("cloudwatch")
    bodies: dict[str, Any] = {
        name: cloudwatch.get_dashboard(DashboardName=name)["DashboardBody"] for name in ("slipway-dev", "slipway-dev-2")
    }
    cloudwatch.delete_dashboards(DashboardNames=list(bodies))
    done = slipway("dashboard", "dev", "--local")
    assert done.code == 1 and "there is no dashboard slipway-dev in account 111111111111" in done.err and "slipway deploy dev" in done.err
    for name, body in bodies.items():
        cloudwatch.put_dashboard(DashboardName=name, DashboardBody=body)


def test_a_missing_endpoint_is_trouble(served: Served, slipway: Slipway) -> None:
    """Last in this file: it takes the endpoint away."""
    served.client("sagemaker").delete_endpoint(EndpointName=NAME)
    ends = time.monotonic() + 30
    while (done := slipway("status", "dev", "--local")).code == 0 and time.monotonic() < ends:
        time.sleep(0.2)
    assert done.code == 1 and f"endpoint {NAME} does not exist" in done.out
