"""Models on ECS Fargate on the dashboard: the load balancer by a search that finds it and no other, tasks, costs, alarms."""

from __future__ import annotations

import json
from typing import Any

import pytest

from modules._shared.deployed import Deployed, DeployedService
from modules._shared.naming import Naming
from modules.dashboard import layout
from modules.dashboard.services import search_terms
from modules.dashboard.spec import DashboardSpec
from modules.dashboard.widgets import Search
from policies.metrics import searched
from slipway.localaws.cloudwatch.metrics import Name
from slipway.localaws.cloudwatch.search import search
from tests.modules.support import resource, synth

NAMING = Naming("slipway", "test", "111111111111", "eu-west-1")
HASH = "50dc6c495c0c9188"


def service(key: str = "wine", **more: Any) -> DeployedService:
    return DeployedService(key, NAMING.name(key), NAMING.name(key, max_length=32), f"{NAMING.name(key)}-unhealthy", **more)


def body(*services: DeployedService, **options: Any) -> dict[str, Any]:
    """The one page, as the Terraform JSON has it."""
    from modules.dashboard.construct import Dashboard, DashboardRefs

    spec, refs = DashboardSpec.model_validate(options), DashboardRefs(Deployed(NAMING, services=services))
    document = synth(lambda stack: Dashboard(stack, "d", spec=spec, refs=refs))
    found: dict[str, Any] = json.loads(resource(document, "aws_cloudwatch_dashboard")["dashboard_body"])
    return found


def titles(*services: DeployedService, **options: Any) -> dict[str, dict[str, Any]]:
    found = [widget["properties"] for widget in body(*services, **options)["widgets"]]
    return {properties["title"]: properties for properties in found if "title" in properties}


def expressions(properties: dict[str, Any]) -> list[str]:
    return [row[0]["expression"] for row in properties["metrics"]]


def test_a_block_for_each_service() -> None:
    texts = [widget["properties"]["markdown"] for widget in body(service(), service("grape"))["widgets"] if widget["type"] == "text"]
    assert "## Endpoint wine\nslipway-test-wine, fargate" in texts and "## Endpoint grape\nslipway-test-grape, fargate" in texts


def test_the_load_balancer_is_searched_for() -> None:
    found = titles(service(), percentiles=["p75", "p99.9"])
    where = "LoadBalancer=(slipway AND test AND wine)"
    schema = "{AWS/ApplicationELB,LoadBalancer}"
    assert expressions(found["wine: requests"]) == [f"SEARCH('{schema} MetricName=\"RequestCount\" {where}', 'Sum')"]
    assert expressions(found["wine: errors"]) == [
        f"SEARCH('{schema} MetricName=\"{metric}\" {where}', 'Sum')" for metric in ("HTTPCode_Target_5XX_Count", "HTTPCode_ELB_5XX_Count")
    ]
    assert expressions(found["wine: response time"]) == [
        f"SEARCH('{schema} MetricName=\"TargetResponseTime\" {where}', '{stat}')" for stat in ("p75", "p99.9")
    ]
    for properties in (found["wine: requests"], found["wine: errors"], found["wine: response time"]):
        used = [metric for expression in expressions(properties) for metric in searched("here", expression)]
        assert len(used) == len(properties["metrics"]) and not [metric.problem for metric in used if metric.problem]


def name(load_balancer: str, digits: str = HASH) -> Name:
    return Name.of("AWS/ApplicationELB", "RequestCount", {"LoadBalancer": f"app/{load_balancer}/{digits}"})


@pytest.mark.parametrize("key", ["wine", "good-or-bad", "wine-2", "v2", "a" * 40])
def test_the_search_finds_the_load_balancer(key: str) -> None:
    one = service(key)
    query = "{AWS/ApplicationELB,LoadBalancer} " + search_terms(one.load_balancer)
    group = Name.of(
        "AWS/ApplicationELB", "RequestCount", {"LoadBalancer": f"app/{one.load_balancer}/{HASH}", "TargetGroup": "targetgroup/x/1"}
    )
    assert search(query, [name(one.load_balancer), group, name("slipway-test-x"), name("slipway-dev-wine")]) == [name(one.load_balancer)]


def test_another_load_balancer_with_a_longer_name_is_left_out() -> None:
    others = ["slipway-test-wine-next", "slipway-test-red-wine", "slipway-test-grape"]
    terms = search_terms("slipway-test-wine", others)
    assert terms == "LoadBalancer=(slipway AND test AND wine) NOT LoadBalancer=next NOT LoadBalancer=red"
    assert search(terms, [name(other) for other in ("slipway-test-wine", *others)]) == [name("slipway-test-wine")]


def test_what_a_hash_may_contain_leaves_nothing_out() -> None:
    """`NOT 2` would leave out this load balancer itself as soon as its hash has a 2 between letters."""
    assert "NOT" not in search_terms("slipway-test-wine", ["slipway-test-wine-2", "slipway-test-wine-abc"])
    assert search(search_terms("slipway-test-wine", ["slipway-test-wine-2b"]), [name("slipway-test-wine", "50dc2b495c0c9188")])


def test_services_know_of_each_other() -> None:
    found = titles(service(), service("wine-next"))
    assert expressions(found["wine: requests"])[0].endswith("NOT LoadBalancer=next', 'Sum')")
    assert "NOT" not in expressions(found["wine-next: requests"])[0]


def test_what_the_tasks_use() -> None:
    found = titles(service(min_capacity=2, max_capacity=5), period=300)
    dimensions = ["ClusterName", "slipway-test-wine", "ServiceName", "slipway-test-wine"]
    used = found["wine: CPU and memory"]
    assert [row[:-1] for row in used["metrics"]] == [["AWS/ECS", metric, *dimensions] for metric in ("CPUUtilization", "MemoryUtilization")]
    tasks = found["wine: tasks"]
    assert [row[:-1] for row in tasks["metrics"]] == [
        ["ECS/ContainerInsights", metric, *dimensions] for metric in ("RunningTaskCount", "DesiredTaskCount")
    ]
    assert {mark["label"]: mark["value"] for mark in tasks["annotations"]["horizontal"]} == {"minimum": 2, "maximum": 5}
    assert tasks["period"] == used["period"] == 300 and "annotations" not in titles(service())["wine: tasks"]


def test_nobody_counts_tasks_without_container_insights() -> None:
    found = titles(service(insights=False))
    assert "wine: requests" in found and "wine: tasks" not in found and "Fargate task hours in an hour" not in found


def test_costs() -> None:
    found = titles(service(), service("quiet", insights=False))
    hours = found["Fargate task hours in an hour"]
    assert [(row[1], row[-1]["label"], row[-1]["period"]) for row in hours["metrics"]] == [("RunningTaskCount", "wine", 3600)]
    assert [row[3] for row in found["Logs written in an hour"]["metrics"]] == ["/aws/ecs/slipway-test-wine", "/aws/ecs/slipway-test-quiet"]
    assert "Fargate task hours in an hour" not in titles(service(), cost_drivers=False)


def test_the_composite_alarm_is_shown_at_the_top() -> None:
    none = DeployedService("none", "none", "none")
    (alarms,) = [widget["properties"]["alarms"] for widget in body(service(), none)["widgets"] if widget["type"] == "alarm"]
    assert alarms == ["arn:aws:cloudwatch:eu-west-1:111111111111:alarm:slipway-test-wine-unhealthy"]


def test_a_search_for_nothing_cannot_be_built() -> None:
    with pytest.raises(ValueError, match="widget x: AWS/ApplicationELB has no metric Requests"):
        Search("AWS/ApplicationELB", "Requests", ("LoadBalancer",), "wine", "Sum", "x", "s0").array()


def test_cloudwatch_takes_the_page() -> None:
    from modules.dashboard.construct import blocks
    from slipway.dashboards.checks import problems

    (page,) = layout.pages(blocks(Deployed(NAMING, services=(service(), service("wine-next"))), DashboardSpec()))
    assert problems(layout.body(page, "-PT3H")) == []
