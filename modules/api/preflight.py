"""Answers to the OPTIONS requests with which browsers ask before they send a request to another origin."""

from __future__ import annotations

from typing import Any

from modules._shared.provider import aws
from modules.api.definition import offered
from modules.api.spec import ApiSpec


def preflight(gateway: Any, path: str, rest_api_id: str, resource_id: str, validator_id: str, spec: ApiSpec) -> None:
    """OPTIONS on `path`, answered by API Gateway itself: browsers send no credentials with it."""
    suffix = path.replace("_", "__").replace("/", "_")
    at = {"rest_api_id": rest_api_id, "resource_id": resource_id}
    headers = _headers(path, spec)
    method = gateway.part(
        aws.api_gateway_method.ApiGatewayMethod,
        f"method_options{suffix}",
        {"http_method": "OPTIONS", "authorization": "NONE"},
        request_validator_id=validator_id,
        **at,
    )
    integration = gateway.part(
        aws.api_gateway_integration.ApiGatewayIntegration,
        f"integration_options{suffix}",
        # With `*/*` among the binary media types the template would be taken for bytes, and every preflight answered 500.
        {"type": "MOCK", "request_templates": {"application/json": '{"statusCode":204}'}, "content_handling": "CONVERT_TO_TEXT"},
        http_method=method.http_method,
        **at,
    )
    answer = gateway.part(
        aws.api_gateway_method_response.ApiGatewayMethodResponse,
        f"method_response{suffix}",
        {"status_code": "204", "response_parameters": {f"method.response.header.{name}": True for name in headers}},
        http_method=method.http_method,
        **at,
    )
    gateway.part(
        aws.api_gateway_integration_response.ApiGatewayIntegrationResponse,
        f"integration_response{suffix}",
        {"response_parameters": {f"method.response.header.{name}": f"'{value}'" for name, value in headers.items()}},
        http_method=method.http_method,
        status_code=answer.status_code,
        depends_on=[integration],
        **at,
    )


def _headers(path: str, spec: ApiSpec) -> dict[str, str]:
    if spec.cors is None:
        return {}
    return {
        "Access-Control-Allow-Origin": spec.cors.allow_origin,
        "Access-Control-Allow-Headers": ",".join(spec.cors.allow_headers),
        "Access-Control-Allow-Methods": ",".join(sorted({method for at, method, *_ in offered(spec) if at == path})),
        "Access-Control-Max-Age": str(spec.cors.max_age),
    }
