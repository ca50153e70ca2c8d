"""The smallest real use: four clients that ask an endpoint twice a second each, for two minutes."""

from __future__ import annotations

from typing import Any

from modules._shared.expected import Expected
from modules._shared.naming import Naming
from modules._shared.outputs import export
from modules.load_test.cases import LoadCase
from modules.load_test.construct import LoadTest, LoadTestRefs
from modules.load_test.spec import EndpointTarget, LoadTestSpec

NAMING = Naming("slipway", "example", "111111111111", "eu-west-1", {"owner": "ml-platform"})
KEY = "arn:aws:kms:eu-west-1:111111111111:key/00000000-0000-0000-0000-000000000000"


def build(stack: Any) -> None:
    """Topic, function and dashboard of the testers of the endpoint `wine`."""
    spec = LoadTestSpec(
        target=EndpointTarget(name="wine"), case_file="cases.yaml", clients=4, interval_in_seconds=0.5, duration_in_seconds=120
    )
    case = LoadCase("one wine", b"[14.23]", {"Content-Type": "application/json"}, Expected(compares="json", json={"cultivar": 0}))
    refs = LoadTestRefs(cases=[case], kms_key_arn=KEY, logs_kms_key_arn=KEY, endpoint_name=NAMING.name("wine"))
    testers = LoadTest(stack, "load_test", naming=NAMING, spec=spec, refs=refs)
    export(stack, "load_test", testers.outputs)
