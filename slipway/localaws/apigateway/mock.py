"""The MOCK integration: API Gateway answers by itself, as for a browser's preflight request."""

from __future__ import annotations

import json

from slipway.localaws.apigateway.exchange import Exchange, render
from slipway.localaws.apigateway.faults import GatewayFault
from slipway.localaws.apigateway.snapshot import Integration
from slipway.localaws.responses import Answer


def call(exchange: Exchange, integration: Integration) -> Answer:
    """The integration response of the status that the request template names. Raises GatewayFault."""
    template = integration.request_templates.get(exchange.media_type)
    if template is None and integration.passthrough == "NEVER":
        raise GatewayFault("UNSUPPORTED_MEDIA_TYPE")
    if template is None and integration.passthrough == "WHEN_NO_TEMPLATES" and integration.request_templates:
        raise GatewayFault("UNSUPPORTED_MEDIA_TYPE")
    try:
        status = str(json.loads(render(template or "", exchange))["statusCode"])
    except (ValueError, KeyError, TypeError):
        raise GatewayFault(
            "API_CONFIGURATION_ERROR", log="Execution failed due to configuration error: Unable to parse statusCode"
        ) from None
    response = integration.responses.get(status)
    if response is None:
        text = "Execution failed due to configuration error: No match for output mapping and no default endpoint mapping configured"
        raise GatewayFault("API_CONFIGURATION_ERROR", log=text)
    headers = [
        (name.removeprefix("method.response.header."), value.strip("'"))
        for name, value in (response.get("responseParameters") or {}).items()
        if value.startswith("'")
    ]
    templates = response.get("responseTemplates") or {}
    kind = "application/json" if "application/json" in templates else next(iter(templates), "application/json")
    body = render(templates.get(kind) or "", exchange).encode()
    exchange.integration_ms = 0.0
    return Answer(int(status), [("Content-Type", kind), *headers], body)
