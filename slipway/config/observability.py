"""The `observability` block: dashboard, alarms and queries of an environment."""

from __future__ import annotations

from pydantic import Field

from modules._shared.spec import Spec
from modules.alarms.spec import AlarmsSpec
from modules.dashboard.spec import DashboardSpec
from modules.queries.spec import QueriesSpec


class ObservabilitySpec(Spec):
    """What is watched, and from which value on somebody is told."""

    alarms: AlarmsSpec | None = Field(default_factory=AlarmsSpec, description="Alarms; they tell `notifications`. null for none.")
    dashboard: DashboardSpec | None = Field(default_factory=DashboardSpec, description="Dashboard of everything; null for none.")
    queries: QueriesSpec | None = Field(default_factory=QueriesSpec, description="Saved Logs Insights queries; null for none.")
