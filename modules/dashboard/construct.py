"""One dashboard of an environment, generated from what is deployed; several pages when one is too small."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from constructs import Construct

from modules._shared.deployed import Deployed, DeployedEndpoint
from modules._shared.outputs import output
from modules._shared.provider import aws
from modules.dashboard.endpoints import endpoint_graphs
from modules.dashboard.layout import Block, body, pages
from modules.dashboard.platform import api_graphs, cost_graphs, function_graphs, lock_graphs
from modules.dashboard.services import service_graphs
from modules.dashboard.spec import DashboardSpec, dashboard_name
from modules.dashboard.widgets import Graph, Widget, alarm_status, graph, heading


@dataclass(frozen=True)
class DashboardRefs:
    """What is deployed, and `alarm_names`: further alarms whose state is shown, beside those that roll endpoints back."""

    deployed: Deployed
    alarm_names: Sequence[str] = ()


@dataclass(frozen=True)
class DashboardOutputs:
    """What others need of the dashboard."""

    names: list[str] = output("Names of the dashboards, the first one first.")


class Dashboard(Construct):
    """The dashboard `project-environment`."""

    def __init__(self, scope: Construct, id: str, *, spec: DashboardSpec, refs: DashboardRefs) -> None:
        super().__init__(scope, id)
        naming = refs.deployed.naming
        found = pages(blocks(refs.deployed, spec, refs.alarm_names))
        created = [self._create(number, dashboard_name(naming, number), body(page, spec.start)) for number, page in enumerate(found, 1)]
        self.outputs = DashboardOutputs(names=[item.dashboard_name for item in created])

    def _create(self, number: int, name: str, content: str) -> Any:
        return aws.cloudwatch_dashboard.CloudwatchDashboard(self, f"page_{number}", dashboard_name=name, dashboard_body=content)


def blocks(deployed: Deployed, spec: DashboardSpec, alarm_names: Sequence[str] = ()) -> list[Block]:
    """The parts of the dashboard from top to bottom: alarms, endpoints, functions, services, API, costs, locks. Pure."""
    naming = deployed.naming
    arns = [deployed.alarm_arn(name) for name in (*deployed.composite_alarm_names, *alarm_names)]
    found: list[Block] = [[heading(f"# {naming.name()}\n{naming.region}, account {naming.account_id}"), *alarm_status("Alarms", arns)]]
    found += [_endpoint_block(deployed, endpoint, spec) for endpoint in deployed.endpoints]
    for one in deployed.functions:
        found.append(_block(deployed, spec, f"## Endpoint {one.key}\n{one.name}, lambda", function_graphs(one, spec)))
    for service in deployed.services:
        others = [other.load_balancer for other in deployed.services if other.key != service.key]
        graphs = service_graphs(service, spec, others)
        found.append(_block(deployed, spec, f"## Endpoint {service.key}\n{service.name}, fargate", graphs))
    if deployed.api is not None:
        found.append(_block(deployed, spec, f"## API {deployed.api.name}", api_graphs(deployed.api, spec)))
    if spec.cost_drivers:
        found.append(_block(deployed, spec, "## Cost drivers", cost_graphs(deployed)))
    found.append(_block(deployed, spec, "## Deploys", lock_graphs(deployed)))
    return found


def _endpoint_block(deployed: Deployed, endpoint: DeployedEndpoint, spec: DashboardSpec) -> list[Widget]:
    block = _block(deployed, spec, f"## Endpoint {endpoint.key}\n{endpoint.name}, {endpoint.hosting}", endpoint_graphs(endpoint, spec))
    return [*block, *alarm_status(f"{endpoint.key}: alarms that roll back", map(deployed.alarm_arn, endpoint.alarm_names))]


def _block(deployed: Deployed, spec: DashboardSpec, title: str, graphs: Iterable[Graph]) -> list[Widget]:
    return [heading(title), *(graph(deployed.naming.region, spec.period, content) for content in graphs)]
