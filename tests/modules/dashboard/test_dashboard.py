"""The dashboard follows what is deployed, shows only metrics that exist, and keeps CloudWatch's limits."""

from __future__ import annotations

import json
from typing import Any

import pytest

from modules._shared.deployed import Deployed, DeployedApi, DeployedEndpoint, DeployedFunction, DeployedVariant
from modules._shared.naming import Naming
from modules.dashboard import example, layout
from modules.dashboard.spec import DashboardSpec, dashboard_name
from modules.dashboard.widgets import Line, Widget
from tests.modules.support import all_options, messages, resource, resources, synth, untested

NAMING = Naming("slipway", "test", "111111111111", "eu-west-1")
MAIN = DeployedVariant("main", "ml.m5.large", vcpus=2, count=2, min_capacity=2, max_capacity=6)
NEXT = DeployedVariant("next", "ml.g4dn.xlarge", vcpus=4, gpus=1, count=3)
WINE = DeployedEndpoint(
    "wine", NAMING.name("wine"), "instances", (MAIN, NEXT), "slipway-test-wine-unhealthy", ("a-5xx", "b-5xx"), captures=True
)
QUICK = DeployedEndpoint("quick", NAMING.name("quick"), "serverless", (DeployedVariant("only"),))
BATCH = DeployedEndpoint(
    "batch", NAMING.name("batch"), "asynchronous", (DeployedVariant("main", "ml.m5.large", vcpus=2, max_capacity=3, min_capacity=0),)
)
API = DeployedApi(NAMING.name("api"), "test", NAMING.name("api"), timeout=20, memory=512)
EVERYTHING = Deployed(NAMING, (WINE, QUICK, BATCH), API, lock_table="locks", capture_bucket="captured")


def bodies(deployed: Deployed = EVERYTHING, names: tuple[str, ...] = (), **options: Any) -> list[dict[str, Any]]:
    from modules.dashboard.construct import blocks

    spec = DashboardSpec.model_validate(options)
    return [json.loads(layout.body(page, spec.start)) for page in layout.pages(blocks(deployed, spec, names))]


def titles(deployed: Deployed = EVERYTHING, **options: Any) -> dict[str, dict[str, Any]]:
    """Properties by title."""
    (body,) = bodies(deployed, **options)
    return {item["properties"]["title"]: item["properties"] for item in body["widgets"] if "title" in item["properties"]}


def shown(properties: dict[str, Any]) -> set[tuple[str, str, str]]:
    """Metric, statistic, variant (or '') of a graph."""
    rows = [row for row in properties["metrics"] if len(row) > 1]
    return {(row[1], row[-1]["stat"], dict(zip(row[2:-1:2], row[3:-1:2], strict=True)).get("VariantName", "")) for row in rows}


def test_each_variant_is_shown() -> None:
    found = titles()
    assert shown(found["wine: requests"]) == {("Invocations", "Sum", "main"), ("Invocations", "Sum", "next")}
    assert shown(found["wine main: latency of the container"]) == {("ModelLatency", stat, "main") for stat in ("p50", "p90", "p99")}
    assert shown(found["wine: overhead of SageMaker"]) == {
        ("OverheadLatency", s, v) for s in ("p50", "p90", "p99") for v in ("main", "next")
    }
    assert shown(found["wine: errors"]) == {(f"Invocation{code}Errors", "Sum", v) for code in ("4XX", "5XX") for v in ("main", "next")}
    assert {"wine: CPU", "wine: memory", "wine: disk", "wine: GPU", "wine: instances", "wine: scaling activities"} <= set(found)


def test_gpus_only_where_there_are_some() -> None:
    found = titles()
    assert shown(found["wine: GPU"]) == {("GPUUtilization", "Average", "next"), ("GPUMemoryUtilization", "Average", "next")}
    assert "batch: GPU" not in found and "quick: GPU" not in found and "quick: CPU" not in found


def test_running_against_wanted_instances() -> None:
    """CloudWatch knows how many run (samples of a minute); how many are wanted is drawn from the configuration."""
    found = titles()
    graph = found["wine: instances"]
    assert shown(graph) == {("CPUUtilization", "SampleCount", "main"), ("CPUUtilization", "SampleCount", "next")} and graph["period"] == 60
    assert all(row[-1]["period"] == 60 for row in graph["metrics"])
    marks = {mark["label"]: mark["value"] for mark in graph["annotations"]["horizontal"]}
    assert marks == {"main minimum": 2, "main maximum": 6, "next desired": 3}
    (change,) = [row[0] for row in found["wine: scaling activities"]["metrics"] if len(row) == 1]
    assert change["expression"] == "DIFF(m0)" and [
        row[-1]["visible"] for row in found["wine: scaling activities"]["metrics"] if len(row) > 1
    ] == [False]


def test_an_asynchronous_endpoint_shows_its_queue_and_what_it_publishes() -> None:
    found = titles()
    assert shown(found["batch: requests"]) == {("InvocationsProcessed", "Sum", "main")}
    assert {"batch: backlog", "batch: age of the oldest request", "batch: requests without an answer"} <= set(found)
    assert "batch: overhead of SageMaker" not in found


def test_api_function_and_cost_drivers() -> None:
    found = titles()
    assert shown(found["API: errors"]) == {("4XXError", "Sum", ""), ("5XXError", "Sum", "")}
    assert shown(found["Function: invocations"]) == {("Invocations", "Sum", ""), ("Errors", "Sum", ""), ("Throttles", "Sum", "")}
    assert found["Function: duration"]["annotations"]["horizontal"] == [{"label": "timeout", "value": 20000.0}]
    hours = found["Instance hours in an hour"]
    assert hours["period"] == 3600 and [row[0]["expression"] for row in hours["metrics"] if len(row) == 1] == ["m0/60", "m1/60", "m2/60"]
    (seconds,) = [row[0] for row in found["API and function in an hour"]["metrics"] if len(row) == 1]
    assert seconds["expression"] == "d0/1000*0.5"
    assert {"Logs written in an hour", "Captured data kept", "Serverless compute seconds in an hour", "Deploy lock"} <= set(found)
    assert "API: requests" not in titles(Deployed(NAMING, (WINE,)))


def test_a_model_in_a_function_has_its_own_row() -> None:
    light = DeployedFunction("light", NAMING.name("light"), timeout=60, memory=2048)
    found = titles(Deployed(NAMING, functions=(light,)))
    assert shown(found["light: invocations"]) == {("Invocations", "Sum", ""), ("Errors", "Sum", ""), ("Throttles", "Sum", "")}
    assert found["light: duration"]["annotations"]["horizontal"] == [{"label": "timeout", "value": 60000.0}]
    (seconds,) = [row[0] for row in found["Models in functions in an hour"]["metrics"] if len(row) == 1]
    assert seconds["expression"] == "f0/1000*2"
    assert "Logs written in an hour" in found


def test_states_of_alarms_by_arn() -> None:
    (body,) = bodies(names=tuple(f"alarm-{number}" for number in range(150)))
    parts = [item["properties"]["alarms"] for item in body["widgets"] if item["type"] == "alarm"]
    assert [len(part) for part in parts] == [100, 51, 2], "100 in a widget at most; then those of the endpoint"
    assert parts[0][0] == "arn:aws:cloudwatch:eu-west-1:111111111111:alarm:slipway-test-wine-unhealthy"


def test_options() -> None:
    """Each at a value that is not its default."""
    covered = [f"DashboardSpec.{name}" for name in ("period", "start", "percentiles", "cost_drivers")]
    assert untested(all_options(DashboardSpec), covered) == []
    (body,) = bodies(start="-P2D")
    assert body["start"] == "-P2D" and body["periodOverride"] == "inherit"
    found = titles(period=900, percentiles=["p75"], cost_drivers=False)
    assert found["wine: requests"]["period"] == 900 and found["wine: instances"]["period"] == 60
    assert shown(found["wine main: latency of the container"]) == {("ModelLatency", "p75", "main")}
    assert "Instance hours in an hour" not in found
    assert (
        messages(DashboardSpec, {"percentiles": []})
        and messages(DashboardSpec, {"start": "3 hours"})
        and messages(DashboardSpec, {"period": 7})
    )


def test_widgets_lie_side_by_side_and_never_on_each_other() -> None:
    (body,) = bodies()
    taken: set[tuple[int, int]] = set()
    for widget in body["widgets"]:
        cells = {
            (x, y) for x in range(widget["x"], widget["x"] + widget["width"]) for y in range(widget["y"], widget["y"] + widget["height"])
        }
        assert not cells & taken and widget["x"] + widget["width"] <= 24
        taken |= cells


def test_many_endpoints_go_on_several_pages_within_the_limits() -> None:
    many = tuple(DeployedEndpoint(f"e{n}", NAMING.name(f"e{n}"), "instances", (MAIN, NEXT), f"e{n}-unhealthy") for n in range(120))
    found = bodies(Deployed(NAMING, many))
    assert len(found) > 1 and dashboard_name(NAMING, 1) == "slipway-test" and dashboard_name(NAMING, 2) == "slipway-test-2"
    for body in found:
        metrics = [len(widget["properties"].get("metrics", ())) for widget in body["widgets"]]
        assert len(metrics) <= layout.MAX_WIDGETS and sum(metrics) <= layout.MAX_METRICS and max(metrics) <= layout.MAX_METRICS_OF_WIDGET
    shown_endpoints = {
        text for body in found for widget in body["widgets"] if (text := widget["properties"].get("title", "")).endswith(": requests")
    }
    assert len(shown_endpoints) == 120


def test_what_fits_on_no_page() -> None:
    with pytest.raises(ValueError, match="more than a dashboard takes"):
        layout.pages([[Widget("metric", {"metrics": [[]] * 501})]])


def test_a_widget_on_nothing_cannot_be_built() -> None:
    line = Line("AWS/SageMaker", "OverheadLatency", {"EndpointName": "e", "VariantName": "v"}, "p99", "x", hosting="asynchronous")
    with pytest.raises(ValueError, match="widget x: AWS/SageMaker OverheadLatency is not published for asynchronous endpoints"):
        line.array()


def test_the_construct_and_its_example() -> None:
    from modules.dashboard.construct import Dashboard, DashboardRefs

    document = synth(lambda stack: Dashboard(stack, "d", spec=DashboardSpec(), refs=DashboardRefs(EVERYTHING, ["an-alarm"])))
    body = resource(document, "aws_cloudwatch_dashboard")
    assert body["dashboard_name"] == "slipway-test" and "alarm:an-alarm" in body["dashboard_body"]
    assert resources(synth(example.build), "aws_cloudwatch_dashboard")[0]["dashboard_name"] == "slipway-example"
