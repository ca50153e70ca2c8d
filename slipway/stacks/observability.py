"""The observability stack: dashboard, alarms, saved queries."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from modules._shared.outputs import export
from modules.alarms.construct import Alarms, AlarmsRefs
from modules.alarms.platform import all_rows
from modules.dashboard.construct import Dashboard, DashboardRefs
from modules.notifications.spec import SEVERITIES
from modules.queries.construct import Queries, QueriesRefs
from slipway.stacks.base import RemoteOutputs, environment_stack
from slipway.stacks.deployed import deployed

if TYPE_CHECKING:
    from slipway.config.environment import EnvironmentConfig


def observability_stack(app: Any, config: EnvironmentConfig) -> Any:
    """`<env>-observability`. It names what other stacks have by its literal name, and reads only the topics from the shared stack."""
    stack = environment_stack(app, config, "observability")
    spec = config.observability
    if spec is None:
        return stack
    found = deployed(config)
    rows = all_rows(found, spec.alarms) if spec.alarms is not None else []
    if spec.alarms is not None:
        alarms = Alarms(stack, "alarms", spec=spec.alarms, refs=AlarmsRefs(found, _topics(stack, config)))
        export(stack, "alarms", alarms.outputs)
    if spec.dashboard is not None:
        dashboard = Dashboard(stack, "dashboard", spec=spec.dashboard, refs=DashboardRefs(found, [row.name for row in rows]))
        export(stack, "dashboard", dashboard.outputs)
    if spec.queries is not None:
        queries = Queries(stack, "queries", spec=spec.queries, refs=QueriesRefs(found))
        export(stack, "queries", queries.outputs)
    return stack


def _topics(stack: Any, config: EnvironmentConfig) -> dict[Any, str]:
    if config.notifications is None:
        return {}
    shared = RemoteOutputs(stack, config, "shared")
    return {severity: shared.string(f"topic_{severity}_arn") for severity in SEVERITIES}
