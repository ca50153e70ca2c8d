"""What alarms and dashboards of the API look at is what a request really leaves behind."""

from __future__ import annotations

from typing import Any

from modules._shared.deployed import Deployed, DeployedApi
from modules._shared.naming import Naming
from modules.alarms.platform import all_rows
from modules.alarms.spec import AlarmsSpec
from modules.dashboard.platform import api_graphs
from modules.dashboard.spec import DashboardSpec
from modules.dashboard.widgets import Line
from tests.localaws.api.lab import ApiLab
from tests.localaws.functions.lab import until

API = DeployedApi("api", "v1", "f")
NAMING = Naming("slipway", "test", "111111111111", "eu-west-1")


def used() -> set[tuple[str, str, frozenset[tuple[str, str]]]]:
    """Namespace, metric and dimensions with their values, as alarms and dashboard have them."""
    rows = all_rows(Deployed(NAMING, (), API), AlarmsSpec.model_validate({"state_lock": {"held": None, "refused": None}}))
    found = {(row.metric.namespace, row.metric.name, frozenset(row.metric.dimensions.items())) for row in rows}
    lines = [item for graph in api_graphs(API, DashboardSpec()) for item in graph.lines if isinstance(item, Line)]
    return found | {(item.namespace, item.metric, frozenset(item.dimensions.items())) for item in lines}


def emitted(client: Any) -> set[tuple[str, str, frozenset[tuple[str, str]]]]:
    """What ListMetrics knows."""
    listed = [item for page in client("cloudwatch").get_paginator("list_metrics").paginate() for item in page["Metrics"]]
    return {(i["Namespace"], i["MetricName"], frozenset((part["Name"], part["Value"]) for part in i["Dimensions"])) for i in listed}


def test_requests_leave_every_metric_that_is_watched(lab: ApiLab, client: Any) -> None:
    lab.function()
    lab.method()
    lab.deploy()
    assert lab.send().status == 200
    until(lambda: used() <= emitted(client))
    assert len({namespace for namespace, _, _ in used()}) == 2
