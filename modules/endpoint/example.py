"""The smallest real use: a tenth of the traffic first, ten minutes' watch, then the rest."""

from __future__ import annotations

from typing import Any

from modules._shared.naming import Naming
from modules._shared.outputs import export
from modules.endpoint.construct import Endpoint, EndpointRefs
from modules.endpoint.rollout import Canary, CapacitySize
from modules.endpoint.spec import EndpointSpec

NAMING = Naming("slipway", "example", "111111111111", "eu-west-1", {"owner": "ml-platform"})


def build(stack: Any) -> None:
    """Adds the endpoint `wine` to the stack."""
    canary = Canary(kind="canary", canary_size=CapacitySize(kind="CAPACITY_PERCENT", value=10), wait_interval_in_seconds=600)
    refs = EndpointRefs(
        endpoint_config_name="slipway-example-wine-0123456789",
        instance_counts={"main": 2},
        logs_kms_key_arn="arn:aws:kms:eu-west-1:111111111111:key/00000000-0000-0000-0000-000000000000",
        alarm_topic_arns=["arn:aws:sns:eu-west-1:111111111111:slipway-example-alarms"],
    )
    wine = Endpoint(stack, "wine", naming=NAMING, name="wine", spec=EndpointSpec(rollout=canary), refs=refs)
    export(stack, "wine", wine.outputs)
