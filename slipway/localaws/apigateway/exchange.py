"""One request on its way through a stage, and the `$context` variables that templates and access logs read."""

from __future__ import annotations

import json
import re
import secrets
import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import Any
from urllib.parse import parse_qsl

from slipway.localaws.apigateway.address import Address
from slipway.localaws.request import Environ

_VARIABLE = re.compile(r"\$(context|stageVariables)\.([A-Za-z0-9_.-]*[A-Za-z0-9_])|\$\{stageVariables\.([A-Za-z0-9_]+)\}")


@dataclass
class Exchange:
    """What came in, and what became of it. `headers` keep order and repetitions; `started` on the monotonic clock."""

    address: Address
    method: str
    raw_path: str
    raw_query: str
    query: list[tuple[str, str]]
    headers: list[tuple[str, str]]
    body: bytes
    protocol: str
    source_ip: str
    request_id: str = field(default_factory=lambda: str(uuid.uuid4()))
    extended_id: str = field(default_factory=lambda: secrets.token_urlsafe(11) + "=")
    trace_id: str = field(default_factory=lambda: f"1-{int(time.time()):08x}-{secrets.token_hex(12)}")
    received: float = field(default_factory=time.time)
    started: float = field(default_factory=time.monotonic)
    context: dict[str, str] = field(default_factory=dict)
    variables: dict[str, str] = field(default_factory=dict)
    path_parameters: dict[str, str] = field(default_factory=dict)
    authorizer: dict[str, str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    integration_ms: float | None = None

    @classmethod
    def read(cls, address: Address, environ: Environ, body: bytes) -> Exchange:
        """Take a WSGI request down."""
        raw = str(environ.get("RAW_URI") or environ.get("PATH_INFO", "/"))
        exchange = cls(
            address=address,
            method=environ["REQUEST_METHOD"],
            raw_path=raw.partition("?")[0],
            raw_query=environ.get("QUERY_STRING", ""),
            query=parse_qsl(environ.get("QUERY_STRING", ""), keep_blank_values=True),
            headers=_headers(environ),
            body=body,
            protocol=str(environ.get("SERVER_PROTOCOL", "HTTP/1.1")),
            source_ip=str(environ.get("REMOTE_ADDR", "127.0.0.1")),
        )
        exchange._describe()
        return exchange

    def header(self, name: str) -> str | None:
        """The first value of a header, whatever its spelling."""
        return next((value for key, value in self.headers if key.lower() == name.lower()), None)

    @property
    def media_type(self) -> str:
        """The media type of the body, without parameters; JSON when the client does not say."""
        return (self.header("content-type") or "application/json").partition(";")[0].strip().lower()

    def stage(self, account: str, api: str, name: str, variables: Mapping[str, str], *, canary: bool) -> None:
        """The stage that answers is known."""
        self.variables = dict(variables)
        self.context |= {"accountId": account, "apiId": api, "stage": name, "isCanaryRequest": str(canary).lower()}
        self.context["path"] = self.address.path if self.address.domain else f"/{name}{self.address.path}"

    def _describe(self) -> None:
        now = datetime.fromtimestamp(self.received, timezone.utc)
        known = {
            "requestId": self.request_id,
            "extendedRequestId": self.extended_id,
            "httpMethod": self.method,
            "path": self.raw_path,
            "protocol": self.protocol,
            "requestTime": now.strftime("%d/%b/%Y:%H:%M:%S +0000"),
            "requestTimeEpoch": str(int(self.received * 1000)),
            "domainName": (self.header("host") or "").rsplit(":", 1)[0],
            "identity.sourceIp": self.source_ip,
            "identity.userAgent": self.header("user-agent"),
            "xrayTraceId": self.trace_id,
        }
        self.context |= {name: value for name, value in known.items() if value}


def render(template: str, exchange: Exchange, missing: str = "") -> str:
    """A template with its `$context` and `$stageVariables` replaced; the rest of VTL is not evaluated."""

    def value(match: re.Match[str]) -> str:
        kind, name, stage_variable = match.groups()
        if kind == "context":
            return exchange.context.get(name, missing)
        return exchange.variables.get(stage_variable or name, missing)

    return _VARIABLE.sub(value, template)


def quoted(text: str) -> str:
    """A text as `$context.error.messageString` has it: JSON, with its quotes."""
    return json.dumps(text)


def _headers(environ: Environ) -> list[tuple[str, str]]:
    """The request's headers. WSGI has lost their spelling: each word begins with a capital letter."""
    found: list[tuple[str, str]] = []
    for key, value in environ.items():
        name = key[5:] if key.startswith("HTTP_") else key if key in ("CONTENT_TYPE", "CONTENT_LENGTH") else ""
        if name and isinstance(value, str) and value:
            found.append(("-".join(part.capitalize() for part in name.split("_")), value))
    return found


def request_context(exchange: Exchange, resource_id: str, resource_path: str) -> dict[str, Any]:
    """The `requestContext` of a proxy event."""
    context = exchange.context
    identity = {key.partition(".")[2]: value for key, value in context.items() if key.startswith("identity.")}
    names = ("accountId", "apiId", "stage", "requestId", "extendedRequestId", "path", "protocol", "httpMethod", "requestTime", "domainName")
    found: dict[str, Any] = {name: context.get(name) for name in names}
    found |= {"resourceId": resource_id, "resourcePath": resource_path, "requestTimeEpoch": int(exchange.received * 1000)}
    found["identity"] = {"accessKey": None, "accountId": None, "apiKey": None, "caller": None, "userArn": None, "user": None, **identity}
    if exchange.authorizer:
        found["authorizer"] = {"claims": dict(exchange.authorizer)}
    return found
