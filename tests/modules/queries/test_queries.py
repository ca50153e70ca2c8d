"""Saved queries follow what is deployed; every option reaches the Terraform JSON."""

from __future__ import annotations

from typing import Any

import pytest

from modules._shared.deployed import Deployed, DeployedApi, DeployedEndpoint, DeployedVariant
from modules._shared.naming import Naming
from modules.queries import example
from modules.queries.library import all_queries
from modules.queries.spec import QueriesSpec
from tests.modules.support import all_options, messages, resources, synth, untested

NAMING = Naming("slipway", "test", "111111111111", "eu-west-1")
WINE = DeployedEndpoint("wine", NAMING.name("wine"), "instances", (DeployedVariant("main"),))
EVERYTHING = Deployed(NAMING, (WINE,), DeployedApi(NAMING.name("api"), "test", NAMING.name("api")))
OWN = {"log_groups": ["/aws/sagemaker/Endpoints/slipway-test-wine", "/aws/lambda/x"], "query": "fields @message"}
KIND = "aws_cloudwatch_query_definition"


def build(stack: Any, options: dict[str, Any], deployed: Deployed = EVERYTHING) -> Any:
    from modules.queries.construct import Queries, QueriesRefs

    return Queries(stack, "q", spec=QueriesSpec.model_validate(options), refs=QueriesRefs(deployed))


def by_name(options: dict[str, Any], deployed: Deployed = EVERYTHING) -> dict[str, dict[str, Any]]:
    return {body["name"]: body for body in resources(synth(lambda stack: build(stack, options, deployed)), KIND)}


def test_queries_read_the_groups_of_what_is_deployed() -> None:
    found = by_name({})
    groups = {name.removeprefix("slipway-test/").split("/")[0]: tuple(body["log_group_names"]) for name, body in found.items()}
    assert groups == {
        "endpoints": ("/aws/sagemaker/Endpoints/slipway-test-wine",),
        "api": ("/aws/apigateway/slipway-test-api/access",),
        "function": ("/aws/lambda/slipway-test-api",),
    }
    assert not [name for name in by_name({}, Deployed(NAMING, (WINE,))) if "/api/" in name or "/function/" in name]


def test_every_option() -> None:
    covered = ["QueriesSpec.slow_milliseconds", "QueriesSpec.custom", "QuerySpec.log_groups", "QuerySpec.query"]
    assert untested(all_options(QueriesSpec), covered) == []
    found = by_name({"slow_milliseconds": 250, "custom": {"mine": OWN}})
    assert "latency >= 250" in found["slipway-test/api/slow requests"]["query_string"]
    assert found["slipway-test/mine"]["log_group_names"] == OWN["log_groups"]
    assert found["slipway-test/mine"]["query_string"] == "fields @message"


def test_fields_are_those_of_the_access_log() -> None:
    """What API Gateway is told to write (modules/api) is what the queries read."""
    from modules.api.definition import ACCESS_LOG_FIELDS

    asked = {"status", "request_id", "method", "resource", "latency"}
    texts = " ".join(query.text for query in all_queries(EVERYTHING, QueriesSpec()) if query.id.startswith("api_"))
    assert asked <= set(ACCESS_LOG_FIELDS) and all(field in texts for field in asked)


@pytest.mark.parametrize(
    "options",
    [
        {"custom": {"a/b": OWN}},
        {"custom": {"x": {**OWN, "log_groups": []}}},
        {"custom": {"x": {**OWN, "query": ""}}},
        {"slow_milliseconds": 0},
    ],
)
def test_what_is_refused(options: dict[str, Any]) -> None:
    assert len(messages(QueriesSpec, options)) == 1


def test_example() -> None:
    assert "slipway-example/workers" in [body["name"] for body in resources(synth(example.build), KIND)]
