"""The request validator: required parameters, and bodies against JSON Schema models (draft 4)."""

from __future__ import annotations

import json

from jsonschema import Draft4Validator

from slipway.localaws.apigateway.exchange import Exchange
from slipway.localaws.apigateway.faults import GatewayFault
from slipway.localaws.apigateway.snapshot import Method, Snapshot

_MOST = 5
"""Findings that the validation message names."""


def validate(exchange: Exchange, method: Method, snapshot: Snapshot) -> None:
    """Raise GatewayFault for what the method's validator refuses."""
    if method.validates_parameters:
        _parameters(exchange, method)
    if method.validates_body:
        _body(exchange, method, snapshot)


def _parameters(exchange: Exchange, method: Method) -> None:
    missing = [name for name, required in method.parameters.items() if required and not _given(exchange, name)]
    if missing:
        names = ", ".join(sorted(name.rpartition(".")[2] for name in missing))
        raise GatewayFault("BAD_REQUEST_PARAMETERS", f"Missing required request parameters: [{names}]")


def _given(exchange: Exchange, parameter: str) -> bool:
    place, _, name = parameter.removeprefix("method.request.").partition(".")
    if place == "header":
        return bool(exchange.header(name))
    if place == "querystring":
        return any(key == name and value for key, value in exchange.query)
    return bool(exchange.path_parameters.get(name))


def _body(exchange: Exchange, method: Method, snapshot: Snapshot) -> None:
    """A body of a type without a model passes unchecked, as it does on AWS."""
    name = method.models.get(exchange.media_type) or method.models.get("$default")
    if name is None or name == "Empty":
        return
    schema = json.loads(snapshot.models.get(name, "{}"))
    try:
        document = json.loads(exchange.body)
    except ValueError:
        raise GatewayFault("BAD_REQUEST_BODY", validation="Unable to parse the body") from None
    found = [error.message for error in Draft4Validator(schema).iter_errors(document)]
    if found:
        raise GatewayFault("BAD_REQUEST_BODY", validation=f"[{', '.join(found[:_MOST])}]")
