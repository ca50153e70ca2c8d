"""Options of the API: what is refused, and in which words."""

from __future__ import annotations

from typing import Any

import pytest

from modules.api.json_schema import check_schema
from modules.api.spec import ApiSpec
from tests.modules.support import messages

POOL = "arn:aws:cognito-idp:eu-west-1:111111111111:userpool/eu-west-1_abc"
CERTIFICATE = "arn:aws:acm:eu-west-1:111111111111:certificate/00000000-0000-0000-0000-000000000000"


def api(**options: Any) -> dict[str, Any]:
    return {"endpoints": {"wine": {}}, **options}


def wine(**options: Any) -> dict[str, Any]:
    return {"endpoints": {"wine": options}}


def keys(**plan: Any) -> dict[str, Any]:
    whole = {"keys": ["a"], "rate_limit": 1, "burst_limit": 1, **plan}
    return api(authorization={"kind": "api_key", "usage_plans": {"gold": whole}})


@pytest.mark.parametrize(
    "options",
    [
        api(),
        wine(path="/v1/wine", method="PATCH"),
        wine(content_types=["application/json", "application/ld+json"], request_schema={"type": "object"}),
        {"endpoints": {"a": {"path": "/x"}, "b": {"path": "/x", "method": "PUT"}}},
        keys(quota={"limit": 1, "period": "MONTH", "offset": 27}),
        api(authorization={"kind": "cognito", "provider_arns": [POOL]}),
        api(authorization={"kind": "open"}),
        {"endpoints": {"wine": {"content_types": ["image/png", "text/plain", "application/x-npy"]}}},
        {"endpoints": {"wine": {"content_types": ["application/pdf"]}}, "binary_media_types": ["*/*"]},
        api(waf={"managed_rule_groups": []}),
        api(domain={"domain_name": "api.example.com", "regional_certificate_arn": CERTIFICATE, "base_path": "v1"}),
        api(function={"reserved_concurrent_executions": None, "timeout": 5}),
        api(canary={"percent_traffic": 0.5, "target_variants": {"wine": "next"}}),
    ],
)
def test_taken(options: dict[str, Any]) -> None:
    assert messages(ApiSpec, options) == []


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({}, "endpoints: Field required"),
        ({"endpoints": {}}, "at least 1 item"),
        (wine(path="no-slash"), "should match pattern"),
        (wine(path="/a//b"), "should match pattern"),
        (wine(path="/{proxy+}"), "should match pattern"),
        (wine(path="/a/"), "should match pattern"),
        (wine(method="GET"), "'POST', 'PUT' or 'PATCH'"),
        (wine(content_types=[]), "at least 1 item"),
        (wine(content_types=["*/*"]), "should match pattern"),
        (wine(max_request_bytes=6_291_457), "less than or equal to 6291456"),
        (wine(request_schema={"type": "object"}), "a caller could avoid it with text/csv"),
        (wine(request_headers=["Authorization"]), "Input should be 'X-Amzn-SageMaker-Custom-Attributes'"),
        ({"endpoints": {"a": {"path": "/x"}, "b": {"path": "/x"}}}, "POST /x is endpoint a's already"),
        (api(authorization={"kind": "none"}), "'aws_iam', 'api_key', 'cognito', 'open'"),
        (api(authorization={"kind": "aws_iam", "usage_plans": {}}), "Extra inputs are not permitted"),
        (api(authorization={"kind": "api_key"}), "usage_plans: Field required"),
        (keys(keys=[]), "at least 1 item"),
        (keys(rate_limit=0), "greater than or equal to 1"),
        (keys(quota={"limit": 1, "period": "DAY", "offset": 1}), "offset is 0 to 0 for period DAY"),
        (keys(keys=["a", "a"]), "named twice: a"),
        (api(authorization={"kind": "cognito", "provider_arns": []}), "at least 1 item"),
        (api(authorization={"kind": "cognito", "provider_arns": ["arn:aws:iam::1:user/x"]}), "should match pattern"),
        (api(function={"timeout": 30}), "less than or equal to 29"),
        (api(function={"runtime": "python3.7"}), "'python3.12' or 'python3.13'"),
        (api(throttle={"throttling_rate_limit": 0}), "greater than 0"),
        (api(logging={"log_retention_in_days": 2}), "Input should be 1, 3, 5"),
        (api(cors={"allow_origin": "app.example.com"}), "should match pattern"),
        (api(waf={"managed_rule_groups": [], "rate_limit": None}), "a web ACL without rules"),
        (api(domain={"domain_name": "api.example.com", "regional_certificate_arn": CERTIFICATE, "security_policy": "TLS_1_0"}), "TLS_1_2"),
        (api(canary={"percent_traffic": 0, "target_variants": {"wine": "x"}}), "greater than 0"),
        (api(binary_media_types=["image/*"]), "should match pattern"),
        (wine(content_types=["application/pdf"]), "application/pdf is not text; name it in binary_media_types too"),
        (api(canary={"percent_traffic": 5, "target_variants": {"beer": "x"}}), "beer is not offered"),
    ],
)
def test_refused(options: dict[str, Any], message: str) -> None:
    assert any(message in found for found in messages(ApiSpec, options)), messages(ApiSpec, options)


def test_defaults_are_safe() -> None:
    spec = ApiSpec.model_validate(api())
    assert spec.authorization.kind == "aws_iam" and spec.cors is None and spec.function.timeout <= 29
    assert spec.endpoints["wine"].route("wine") == "/endpoints/wine/invocations"


@pytest.mark.parametrize(
    ("schema", "place", "message"),
    [
        ({"$ref": "#/x"}, ("$ref",), "not a keyword"),
        ({"const": 1}, ("const",), "not a keyword"),
        ({"type": "float"}, ("type",), "must be one of array"),
        ({"type": []}, ("type",), "must be one of array"),
        ({"required": []}, ("required",), "at least one"),
        ({"required": ["a", 7]}, ("required", 1), "must be a property name"),
        ({"properties": {"a": {"minLength": -1}}}, ("properties", "a", "minLength"), "0 or more"),
        ({"properties": {"a": True}}, ("properties", "a"), "must be a schema"),
        ({"properties": []}, ("properties",), "must be a map of schemas"),
        ({"items": [{"type": 1}]}, ("items", 0, "type"), "must be one of array"),
        ({"items": "x"}, ("items",), "must be a schema"),
        ({"anyOf": []}, ("anyOf",), "must be a list of schemas"),
        ({"not": True}, ("not",), "must be a schema"),
        ({"exclusiveMinimum": 3}, ("exclusiveMinimum",), "true or false"),
        ({"pattern": "("}, ("pattern",), "a regular expression"),
        ({"multipleOf": 0}, ("multipleOf",), "above 0"),
        ({"maximum": True}, ("maximum",), "a number"),
        ({"enum": []}, ("enum",), "a list of values"),
    ],
)
def test_a_schema_that_api_gateway_would_not_take(schema: dict[str, Any], place: tuple[str | int, ...], message: str) -> None:
    ((found, text),) = check_schema(schema)
    assert found == place and message in text


def test_a_schema_of_every_keyword_is_taken() -> None:
    assert not list(
        check_schema(
            {
                "$schema": "http://json-schema.org/draft-04/schema#",
                "title": "t",
                "description": "d",
                "type": ["object", "null"],
                "required": ["a"],
                "properties": {
                    "a": {"type": "array", "items": {"type": "number", "minimum": 0, "exclusiveMinimum": True}, "uniqueItems": True}
                },
                "patternProperties": {"^x": {"enum": [1, None], "default": 1}},
                "additionalProperties": False,
                "minProperties": 1,
                "oneOf": [
                    {"not": {"multipleOf": 2}},
                    {"items": [{"type": "string", "pattern": "^a", "format": "date"}], "additionalItems": {}},
                ],
            }
        )
    )
