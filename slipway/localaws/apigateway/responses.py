"""What API Gateway answers when it refuses or fails a request: the API's gateway response, or the service's own."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from slipway.localaws.apigateway.exchange import Exchange, quoted, render
from slipway.localaws.apigateway.faults import GatewayFault
from slipway.localaws.apigateway.snapshot import Snapshot
from slipway.localaws.responses import Answer

_HEADER = "gatewayresponse.header."


def refusal(fault: GatewayFault, exchange: Exchange, snapshot: Snapshot | None) -> Answer:
    """The answer to a fault, in the words of the API's gateway response for its type, or for DEFAULT_4XX and DEFAULT_5XX."""
    kind = fault.kind.type
    exchange.context |= {"error.message": fault.message, "error.messageString": quoted(fault.message), "error.responseType": kind}
    if fault.validation:
        exchange.context["error.validationErrorString"] = fault.validation
    configured = snapshot.gateway_responses if snapshot else {}
    own, general = configured.get(kind), configured.get("DEFAULT_4XX" if fault.kind.status < 500 else "DEFAULT_5XX")
    chosen: Mapping[str, Any] = own or general or {}
    status = int(chosen.get("statusCode") or fault.kind.status)
    template = (chosen.get("responseTemplates") or {}).get("application/json")
    body = render(template, exchange) if template else json.dumps({"message": fault.message})
    headers = [("Content-Type", "application/json"), ("x-amzn-ErrorType", fault.error)]
    for name, value in (chosen.get("responseParameters") or {}).items():
        headers.append((name.removeprefix(_HEADER), _parameter(str(value), exchange)))
    return Answer(status, headers, body.encode())


def _parameter(value: str, exchange: Exchange) -> str:
    """A literal in quotes, or something of the request or its context."""
    if value.startswith("'"):
        return value.strip("'")
    if value.startswith("context."):
        return exchange.context.get(value.removeprefix("context."), "")
    return exchange.header(value.rpartition(".")[2]) or ""
