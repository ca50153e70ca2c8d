"""What API Gateway is particular about, beyond the options: names of models, answers to preflight requests."""

from __future__ import annotations

from typing import Any

import pytest

from modules._shared.naming import Naming
from modules.api.definition import model_name
from modules.api.refs import ApiRefs, Target
from modules.api.spec import ApiSpec
from tests.modules.support import resources, synth

NAMING = Naming("slipway", "test", "111111111111", "eu-west-1")


@pytest.mark.parametrize("binary", [["*/*"], ["image/png"]])
def test_a_preflights_template_is_text_whatever_is_binary(binary: list[str]) -> None:
    def build(stack: Any) -> None:
        from modules.api.construct import Api

        options = {"endpoints": {"wine": {}}, "cors": {"allow_origin": "*"}, "binary_media_types": binary}
        refs = ApiRefs({"wine": Target("slipway-test-wine")}, "arn:logs", "arn:api")
        Api(stack, "api", naming=NAMING, spec=ApiSpec.model_validate(options), refs=refs)

    (preflight,) = [body for body in resources(synth(build), "aws_api_gateway_integration") if body["type"] == "MOCK"]
    assert preflight["content_handling"] == "CONVERT_TO_TEXT"


def test_no_two_endpoints_share_a_model() -> None:
    names = [model_name(endpoint) for endpoint in ("wine", "wine2", "wine-2", "wine--2", "a-1", "a1")]
    assert len(set(names)) == len(names) and all(name.isalnum() for name in names)
