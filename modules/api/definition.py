"""The REST API's tree of paths, its models and its fixed answers, as plain data. Pure: loads no toolkit."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass

from modules._shared.naming import content_hash
from modules.api.endpoints import ApiEndpoint
from modules.api.spec import ApiSpec

ROOT = "/"
UNKNOWN = "/{proxy+}"
"""The path that stands for all paths that are not there."""
ERROR = '{"error":{"code":"$context.error.responseType","message":$context.error.messageString,"request_id":"$context.requestId"}}'
"""Body of every error that API Gateway answers by itself. `messageString` comes with its quotes."""


@dataclass(frozen=True)
class Node:
    """One resource of the API: `path` from the root, `parent` the path it hangs on."""

    path: str
    parent: str
    path_part: str


def nodes(spec: ApiSpec) -> list[Node]:
    """Every resource below the root, parents first."""
    found: dict[str, Node] = {}
    for name, endpoint in sorted(spec.endpoints.items()):
        parent = ROOT
        for part in endpoint.route(name).strip("/").split("/"):
            path = f"{parent.rstrip('/')}/{part}"
            found.setdefault(path, Node(path, parent, part))
            parent = path
    return [*(found[path] for path in sorted(found)), Node(UNKNOWN, ROOT, "{proxy+}")]


def offered(spec: ApiSpec) -> Iterator[tuple[str, str, str, ApiEndpoint]]:
    """(path, method, endpoint's name, options) of everything that is served."""
    for name, endpoint in sorted(spec.endpoints.items()):
        yield endpoint.route(name), endpoint.method, name, endpoint


def model_name(endpoint: str) -> str:
    """Name of the endpoint's request model: API Gateway takes letters and digits only, and `wine-2` is not `wine2`."""
    name = "Request" + re.sub(r"[^A-Za-z0-9]", "", endpoint.title())
    return name + content_hash(endpoint) if "-" in endpoint else name


def json_schema(endpoint: ApiEndpoint) -> str:
    """The request schema as API Gateway keeps it."""
    return json.dumps({"$schema": "http://json-schema.org/draft-04/schema#", **(endpoint.request_schema or {})}, sort_keys=True)


def gateway_responses(spec: ApiSpec) -> dict[str, dict[str, str]]:
    """Response type -> headers of the errors that API Gateway answers by itself. The two defaults stand for all that are not named."""
    origin = {"Access-Control-Allow-Origin": f"'{spec.cors.allow_origin}'"} if spec.cors else {}
    return {
        "DEFAULT_4XX": origin,
        "DEFAULT_5XX": origin,
        "THROTTLED": {**origin, "Retry-After": "'1'"},
    }


ACCESS_LOG_FIELDS = {
    "request_id": "$context.requestId",
    "extended_request_id": "$context.extendedRequestId",
    "time": "$context.requestTimeEpoch",
    "ip": "$context.identity.sourceIp",
    "caller": "$context.identity.caller",
    "api_key_id": "$context.identity.apiKeyId",
    "user_agent": "$context.identity.userAgent",
    "method": "$context.httpMethod",
    "resource": "$context.resourcePath",
    "stage": "$context.stage",
    "protocol": "$context.protocol",
    "status": "$context.status",
    "error_type": "$context.error.responseType",
    "error_message": "$context.error.message",
    "response_bytes": "$context.responseLength",
    "latency": "$context.responseLatency",
    "integration_latency": "$context.integrationLatency",
    "integration_status": "$context.integrationStatus",
    "waf_status": "$context.wafResponseCode",
    "trace_id": "$context.xrayTraceId",
}
"""What the access log says of a request: who, what, how long; never a header's or a body's content."""


def access_log_format() -> str:
    """The format as API Gateway takes it: one line of JSON."""
    return json.dumps(ACCESS_LOG_FIELDS, separators=(",", ":"))
