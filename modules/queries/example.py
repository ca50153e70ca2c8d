"""The smallest real use: the queries of one endpoint and its API, and one of your own."""

from __future__ import annotations

from typing import Any

from modules._shared.deployed import Deployed, DeployedApi, DeployedEndpoint, DeployedVariant
from modules._shared.naming import Naming
from modules._shared.outputs import export
from modules.queries.construct import Queries, QueriesRefs
from modules.queries.spec import QueriesSpec, QuerySpec


def build(stack: Any) -> None:
    """Queries below `slipway-example`."""
    naming = Naming("slipway", "example", "111111111111", "eu-west-1")
    wine = DeployedEndpoint("wine", naming.name("wine"), "instances", (DeployedVariant("main"),))
    deployed = Deployed(naming, (wine,), DeployedApi(naming.name("api"), "example", naming.name("api")))
    own = QuerySpec(log_groups=(wine.log_group,), query="fields @message | filter @message like /worker/ | limit 20")
    queries = Queries(stack, "queries", spec=QueriesSpec(slow_milliseconds=500, custom={"workers": own}), refs=QueriesRefs(deployed))
    export(stack, "queries", queries.outputs)
