"""The smallest real use: one endpoint, signed requests, bodies checked against a schema."""

from __future__ import annotations

from typing import Any

from modules._shared.naming import Naming
from modules._shared.outputs import export
from modules.api.construct import Api
from modules.api.endpoints import ApiEndpoint
from modules.api.refs import ApiRefs, Target
from modules.api.spec import ApiSpec

NAMING = Naming("slipway", "example", "111111111111", "eu-west-1", {"owner": "ml-platform"})
SCHEMA = {"type": "object", "required": ["instances"], "properties": {"instances": {"type": "array", "maxItems": 100}}}


def build(stack: Any) -> None:
    """Adds `POST /endpoints/wine/invocations` to the stack."""
    wine = ApiEndpoint(content_types=("application/json",), request_schema=SCHEMA)
    refs = ApiRefs(
        targets={"wine": Target("slipway-example-wine")},
        logs_kms_key_arn="arn:aws:kms:eu-west-1:111111111111:key/00000000-0000-0000-0000-000000000000",
        kms_key_arn="arn:aws:kms:eu-west-1:111111111111:key/00000000-0000-0000-0000-000000000001",
    )
    api = Api(stack, "api", naming=NAMING, spec=ApiSpec(endpoints={"wine": wine}), refs=refs)
    export(stack, "api", api.outputs)
