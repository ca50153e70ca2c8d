"""The smallest real use: the dashboard of one endpoint behind the API."""

from __future__ import annotations

from typing import Any

from modules._shared.deployed import Deployed, DeployedApi, DeployedEndpoint, DeployedVariant
from modules._shared.naming import Naming
from modules._shared.outputs import export
from modules.dashboard.construct import Dashboard, DashboardRefs
from modules.dashboard.spec import DashboardSpec


def build(stack: Any) -> None:
    """A dashboard called `slipway-example`."""
    naming = Naming("slipway", "example", "111111111111", "eu-west-1")
    main = DeployedVariant("main", "ml.m5.large", vcpus=2, count=2, min_capacity=2, max_capacity=10)
    wine = DeployedEndpoint("wine", naming.name("wine"), "instances", (main,), f"{naming.name('wine')}-unhealthy")
    api = DeployedApi(naming.name("api"), "example", naming.name("api"))
    refs = DashboardRefs(Deployed(naming, (wine,), api, lock_table=naming.name("tflock")))
    export(stack, "dashboard", Dashboard(stack, "dashboard", spec=DashboardSpec(period=300), refs=refs).outputs)
