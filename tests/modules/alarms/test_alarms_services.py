"""Alarms on models on ECS Fargate: which there are, and what they look at."""

from __future__ import annotations

from typing import Any

import pytest

from modules._shared.deployed import Deployed, DeployedService
from modules._shared.naming import Naming
from modules.alarms.platform import all_rows
from modules.alarms.rows import Row
from modules.alarms.spec import AlarmsSpec
from tests.modules.support import messages, resources, synth

NAMING = Naming("slipway", "test", "111111111111", "eu-west-1")
NAME = NAMING.name("red-wine")
DIMENSIONS = {"ClusterName": NAME, "ServiceName": NAME}


def service(**more: Any) -> DeployedService:
    return DeployedService("red-wine", NAME, NAME, **{"min_capacity": 2, "max_capacity": 6, **more})


def rows(options: dict[str, Any] | None = None, **more: Any) -> dict[str, Row]:
    found = all_rows(Deployed(NAMING, services=(service(**more),)), AlarmsSpec.model_validate({"services": options or {}}))
    return {row.id: row for row in found if row.id.startswith("service_")}


def test_what_is_watched() -> None:
    found = rows()
    assert [row.name for row in found.values()] == [
        f"slipway-test-service-red-wine-{option}"
        for option in ("cpu-utilization", "memory-utilization", "running-tasks", "autoscaling-at-max")
    ]
    assert all(row.metric.dimensions == DIMENSIONS for row in found.values())
    cpu, at_max = found["service_red_wine_cpu_utilization"], found["service_red_wine_autoscaling_at_max"]
    assert (cpu.metric.namespace, cpu.metric.name, cpu.threshold) == ("AWS/ECS", "CPUUtilization", 90)
    assert found["service_red_wine_memory_utilization"].metric.name == "MemoryUtilization"
    assert (at_max.metric.name, at_max.threshold, at_max.spec.period) == ("RunningTaskCount", 6, 60)


def test_nobody_counts_tasks_without_container_insights() -> None:
    assert set(rows(insights=False)) == {"service_red_wine_cpu_utilization", "service_red_wine_memory_utilization"}


@pytest.mark.parametrize("bounds", [{"min_capacity": None, "max_capacity": None}, {"min_capacity": 3, "max_capacity": 3}])
def test_a_maximum_only_where_the_number_of_tasks_changes(bounds: dict[str, Any]) -> None:
    assert "service_red_wine_autoscaling_at_max" not in rows(**bounds) and "service_red_wine_running_tasks" in rows(**bounds)


def test_null_switches_off() -> None:
    assert list(rows({"running_tasks": None, "cpu_utilization": None, "memory_utilization": None})) == [
        "service_red_wine_autoscaling_at_max"
    ]


def test_a_service_that_stops_at_night_has_no_outage_then_unless_the_file_says_so() -> None:
    assert rows(stops=True)["service_red_wine_running_tasks"].spec.treat_missing_data == "notBreaching"
    given = rows({"running_tasks": {"treat_missing_data": "breaching"}}, stops=True)
    assert given["service_red_wine_running_tasks"].spec.treat_missing_data == "breaching"


def test_missing_tasks_are_critical_and_so_is_a_service_that_nobody_counts() -> None:
    """ECS counts the tasks of a service only while one runs: no datapoint is the worst case."""
    spec = rows()["service_red_wine_running_tasks"].spec
    assert (spec.severity, spec.treat_missing_data, spec.detection_time()) == ("critical", "breaching", 600)
    assert messages(AlarmsSpec, {"services": {"running_tasks": {"threshold": 0}}})


def test_fewer_than_wanted_in_the_json() -> None:
    from modules.alarms.construct import Alarms, AlarmsRefs

    options = {"period": 120, "evaluation_periods": 5, "threshold": 2, "treat_missing_data": "notBreaching"}
    spec = AlarmsSpec.model_validate({"services": {"running_tasks": options}})
    refs = AlarmsRefs(Deployed(NAMING, services=(service(),)))
    document = synth(lambda stack: Alarms(stack, "a", spec=spec, refs=refs))
    (body,) = [item for item in resources(document, "aws_cloudwatch_metric_alarm") if item["alarm_name"].endswith("running-tasks")]
    assert (body["threshold"], body["evaluation_periods"], body["treat_missing_data"]) == (2, 5, "notBreaching")
    assert not {"metric_name", "namespace", "period", "statistic", "dimensions"} & set(body)
    queries = {query["id"]: query for query in body["metric_query"]}
    assert (queries["difference"]["expression"], queries["difference"]["return_data"]) == ("metric - minus", True)
    for id, name in (("metric", "DesiredTaskCount"), ("minus", "RunningTaskCount")):
        metric = {"namespace": "ECS/ContainerInsights", "metric_name": name, "dimensions": DIMENSIONS, "period": 120, "stat": "Average"}
        assert queries[id]["metric"] == metric and queries[id]["return_data"] is False
