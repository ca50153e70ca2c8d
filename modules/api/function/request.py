"""An API Gateway proxy event as an invocation, or the fault that is wrong with it."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NoReturn

from .faults import Fault
from .routes import Route, Settings

_PREFIX = "x-amzn-sagemaker-"
_VARIABLE = "target_variant_"


@dataclass(frozen=True)
class Invocation:
    """What is sent to an endpoint. `headers` are boto3 parameters such as TargetVariant."""

    route: Route
    body: bytes = field(repr=False)
    content_type: str
    accept: str
    headers: Mapping[str, str]


def invocation(event: Mapping[str, Any], settings: Settings) -> Invocation:
    """The invocation an event asks for. Raises `Fault`: 404, 405, 415, 413 or 400."""
    route = _route(event, settings)
    headers = {name.lower(): value for name, value in (event.get("headers") or {}).items()}
    content_type = headers.get("content-type", "application/json")
    media_type = content_type.split(";")[0].strip().lower()
    if media_type not in route.content_types:
        raise Fault(415, "UNSUPPORTED_MEDIA_TYPE", f"Content-Type must be one of {', '.join(route.content_types)}.")
    body = _body(event, route)
    if media_type == "application/json" or media_type.endswith("+json"):
        _check_json(body)
    parameters = _parameters(headers, route)
    variant = (event.get("stageVariables") or {}).get(variable(route.name))
    if variant:
        parameters.setdefault("TargetVariant", variant)
    return Invocation(route, body, content_type, headers.get("accept", "*/*"), parameters)


def variable(name: str) -> str:
    """The stage variable that names an endpoint's variant; variables are letters, digits and _ only."""
    return _VARIABLE + name.replace("-", "_")


def _route(event: Mapping[str, Any], settings: Settings) -> Route:
    method, resource = str(event.get("httpMethod")), str(event.get("resource"))
    route = settings.routes.get(f"{method} {resource}")
    if route is not None:
        return route
    if methods := settings.methods(resource):
        raise Fault(405, "METHOD_NOT_ALLOWED", f"The method must be {' or '.join(methods)}.", headers={"Allow": ", ".join(methods)})
    raise Fault(404, "NOT_FOUND", "There is nothing at this path.")


def _body(event: Mapping[str, Any], route: Route) -> bytes:
    text = event.get("body") or ""
    try:
        body = base64.b64decode(text, validate=True) if event.get("isBase64Encoded") else text.encode("utf-8", "surrogatepass")
    except (binascii.Error, ValueError):
        raise Fault(400, "BAD_REQUEST", "The body cannot be decoded.") from None
    if len(body) > route.max_request_bytes:
        raise Fault(413, "REQUEST_TOO_LARGE", f"The body has {len(body)} bytes, at most {route.max_request_bytes} are taken.")
    if not body:
        raise Fault(400, "BAD_REQUEST", "The body is empty.")
    return body


def _check_json(body: bytes) -> None:
    try:
        json.loads(body, parse_constant=_no_constant)
    except (ValueError, RecursionError):
        raise Fault(400, "BAD_REQUEST", "The body is not valid JSON.") from None


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


def _parameters(headers: Mapping[str, str], route: Route) -> dict[str, str]:
    allowed = {name.lower() for name in route.request_headers}
    found = {}
    for name, value in headers.items():
        if not name.startswith(_PREFIX):
            continue
        if name not in allowed:
            raise Fault(400, "BAD_REQUEST", f"The header {name} is not taken here.")
        parameter = _parameter(name)
        if parameter not in _TAKEN[route.mode]:
            raise Fault(400, "BAD_REQUEST", f"The header {name} does not go with this kind of endpoint.")
        found[parameter] = value
    return found


_ALL = frozenset({"CustomAttributes", "InferenceComponentName", "InferenceId", "SessionId", "TargetContainerHostname", "TargetVariant"})
_NONE: frozenset[str] = frozenset()
_TAKEN = {
    "sync": _ALL | {"TargetModel"},
    "stream": _ALL,
    "async": frozenset({"CustomAttributes", "InferenceId"}),
    "lambda": _NONE,
    "fargate": _NONE,
}


def _parameter(header: str) -> str:
    name = "".join(word.capitalize() for word in header.removeprefix(_PREFIX).split("-"))
    return "InferenceComponentName" if name == "InferenceComponent" else name
