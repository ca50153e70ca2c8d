"""The Lambda proxy integration: a request as an event, and the function's answer as a response."""

from __future__ import annotations

import base64
import binascii
import json
import queue
import re
import threading
import time
from collections.abc import Iterable
from typing import Any

from slipway.localaws.apigateway.exchange import Exchange, render, request_context
from slipway.localaws.apigateway.faults import GatewayFault
from slipway.localaws.apigateway.snapshot import Integration, Resource, Snapshot
from slipway.localaws.functions import permissions
from slipway.localaws.functions.definition import Function, UnknownFunction, find
from slipway.localaws.functions.invoke import Result, invoke
from slipway.localaws.functions.pool import Throttled
from slipway.localaws.functions.route import LARGEST_REQUEST, unsupported
from slipway.localaws.responses import Answer

_URI = re.compile(r"arn:aws[a-z-]*:apigateway:[a-z0-9-]+:lambda:path/2015-03-31/functions/(.+)/invocations")


def call(exchange: Exchange, integration: Integration, resource: Resource, snapshot: Snapshot, source_arn: str) -> Answer:
    """Invoke the function and translate its answer. Raises GatewayFault."""
    function = _function(exchange, integration, source_arn)
    payload = json.dumps(event(exchange, resource, snapshot)).encode()
    if len(payload) > LARGEST_REQUEST:
        raise GatewayFault("REQUEST_TOO_LARGE", log="Lambda invocation failed with status: 413")
    started = time.monotonic()
    try:
        result = _within(function, payload, integration.timeout_ms / 1000)
    finally:
        exchange.integration_ms = (time.monotonic() - started) * 1000
    exchange.context["integration.requestId"] = result.request_id
    if result.error:
        exchange.context |= {"integrationStatus": "200", "integration.status": "200"}
        raise GatewayFault("DEFAULT_5XX", log="Lambda execution failed with status 200 due to customer function error: " + _message(result))
    return _response(exchange, result.payload, snapshot)


def event(exchange: Exchange, resource: Resource, snapshot: Snapshot) -> dict[str, Any]:
    """The event of a proxy integration (developer guide, "Input format of a Lambda function for proxy integration")."""
    binary = matches(snapshot.binary_media_types, exchange.media_type)
    body = base64.b64encode(exchange.body).decode() if binary else exchange.body.decode("utf-8", "replace")
    return {
        "resource": resource.path,
        "path": exchange.address.path,
        "httpMethod": exchange.method,
        "headers": dict(exchange.headers),
        "multiValueHeaders": _many(exchange.headers),
        "queryStringParameters": dict(exchange.query) or None,
        "multiValueQueryStringParameters": _many(exchange.query) or None,
        "pathParameters": exchange.path_parameters or None,
        "stageVariables": exchange.variables or None,
        "requestContext": request_context(exchange, resource.id, resource.path),
        "body": body if exchange.body else None,
        "isBase64Encoded": bool(binary and exchange.body),
    }


def matches(ranges: Iterable[str], media_type: str) -> bool:
    """Whether a media type is among binary media types; `*/*` and `image/*` stand for many."""
    kind = media_type.partition("/")[0]
    return any(one.replace("~1", "/") in ("*/*", f"{kind}/*", media_type) for one in ranges)


def _many(pairs: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for name, value in pairs:
        found.setdefault(name, []).append(value)
    return found


def _function(exchange: Exchange, integration: Integration, source_arn: str) -> Function:
    match = _URI.fullmatch(render(integration.uri, exchange))
    if match is None:
        raise GatewayFault("API_CONFIGURATION_ERROR", log="Execution failed due to configuration error: Invalid Lambda function ARN")
    arn = match.group(1)
    try:
        function = find(arn.split(":")[4], arn.split(":")[3], arn)
    except UnknownFunction:
        raise GatewayFault(
            "API_CONFIGURATION_ERROR", log="Execution failed due to configuration error: Invalid permissions on Lambda function"
        ) from None
    if not permissions.allows(function, "apigateway.amazonaws.com", source_arn):
        raise GatewayFault(
            "API_CONFIGURATION_ERROR", log="Execution failed due to configuration error: Invalid permissions on Lambda function"
        )
    if reason := unsupported(function):
        raise GatewayFault("API_CONFIGURATION_ERROR", log=f"The local AWS cannot answer: {reason}")
    return function


def _within(function: Function, payload: bytes, seconds: float) -> Result:
    """The function's result. It goes on when API Gateway no longer waits."""
    done: queue.SimpleQueue[Result | Exception] = queue.SimpleQueue()

    def work() -> None:
        try:
            done.put(invoke(function, payload))
        except Exception as reason:
            done.put(reason)

    threading.Thread(target=work, name="local-aws-integration", daemon=True).start()
    try:
        result = done.get(timeout=seconds)
    except queue.Empty:
        raise GatewayFault("INTEGRATION_TIMEOUT", log="Execution failed due to a timeout error") from None
    if isinstance(result, Throttled):
        text = "Execution failed due to configuration error: Lambda invocation failed with status: 429"
        raise GatewayFault("API_CONFIGURATION_ERROR", log=text)
    if isinstance(result, Exception):
        raise result
    return result


def _response(exchange: Exchange, payload: bytes, snapshot: Snapshot) -> Answer:
    answer = json.loads(payload)
    try:
        status, headers, body = _parts(exchange, answer, snapshot)
    except (TypeError, ValueError, KeyError, AttributeError, binascii.Error):
        raise GatewayFault("DEFAULT_5XX", log="Execution failed due to configuration error: Malformed Lambda proxy response") from None
    exchange.context |= {"integrationStatus": "200", "integration.status": str(status)}
    return Answer(status, headers, body)


def _parts(exchange: Exchange, answer: dict[str, Any], snapshot: Snapshot) -> tuple[int, list[tuple[str, str]], bytes]:
    status = int(answer["statusCode"])
    if not 100 <= status <= 599:
        raise ValueError(status)
    headers = [(name, str(value)) for name, value in (answer.get("headers") or {}).items() if value is not None]
    given = {name.lower() for name in (answer.get("multiValueHeaders") or {})}
    headers = [(name, value) for name, value in headers if name.lower() not in given]
    headers += [(name, str(value)) for name, values in (answer.get("multiValueHeaders") or {}).items() for value in values]
    text = answer.get("body")
    if text is not None and not isinstance(text, str):
        raise TypeError(type(text))
    accepted = (exchange.header("accept") or "*/*").partition(",")[0].partition(";")[0].strip()
    if answer.get("isBase64Encoded") and matches(snapshot.binary_media_types, accepted):
        return status, headers, base64.b64decode(text or "", validate=True)
    if not any(name.lower() == "content-type" for name, _ in headers):
        headers.append(("Content-Type", "application/json"))
    return status, headers, (text or "").encode()


def _message(result: Result) -> str:
    try:
        return str(json.loads(result.payload).get("errorMessage", ""))[:500]
    except (ValueError, AttributeError):
        return ""
