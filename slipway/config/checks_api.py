"""Rules between the API and the rest of the environment."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from modules.api.fit import LAMBDA_BODY
from modules.api.json_schema import check_schema
from modules.endpoint_config.spec import hosting_kind
from slipway.config.finding import Finding
from slipway.config.nodes import Path
from slipway.config.problems import did_you_mean

_SERVERLESS_BODY = 4_194_304


def api_references(data: Mapping[str, Any]) -> Iterator[Finding]:
    """What the API names must exist, and fit the hosting of what it names. Any part of `data` may be malformed."""
    api, endpoints = _map(data.get("api")), _map(data.get("endpoints"))
    for name, offered in _map(api.get("endpoints")).items():
        at = ("api", "endpoints", name)
        if name not in endpoints:
            yield Finding(at, f"unknown endpoint {str(name)[:80]!r}{did_you_mean(str(name), map(str, endpoints))}")
            continue
        yield from _schema((*at, "request_schema"), _map(offered).get("request_schema"))
        kind = hosting_kind(endpoints[name])
        size = _map(offered).get("max_request_bytes")
        if kind == "serverless" and isinstance(size, int) and size > _SERVERLESS_BODY:
            yield Finding((*at, "max_request_bytes"), f"{name} is serverless, which takes {_SERVERLESS_BODY} bytes")
        if kind == "lambda" and isinstance(size, int) and size > LAMBDA_BODY:
            yield Finding((*at, "max_request_bytes"), f"{name} is a Lambda function, which takes {LAMBDA_BODY} bytes as base64")
        if kind in ("lambda", "fargate") and _map(offered).get("response_stream") is True:
            yield Finding((*at, "response_stream"), f"{name} is hosted by {kind}, which has no response stream of SageMaker's")
        if kind == "asynchronous" and _map(offered).get("response_stream") is True:
            yield Finding((*at, "response_stream"), f"{name} is asynchronous: its answers are written to S3")
    yield from _variants(_map(_map(api.get("canary")).get("target_variants")), endpoints)
    if _map(api.get("function")).get("network") == "private" and data.get("network") is None:
        yield Finding(("api", "function", "network"), "private needs the environment's `network`")


def _schema(at: Path, schema: Any) -> Iterator[Finding]:
    """A map that is no schema; anything but a map is refused for that already."""
    if isinstance(schema, Mapping):
        yield from (Finding((*at, *place), text) for place, text in check_schema(schema))


def _variants(chosen: Mapping[str, Any], endpoints: Mapping[str, Any]) -> Iterator[Finding]:
    for name, variant in chosen.items():
        at = ("api", "canary", "target_variants", name)
        kind = hosting_kind(endpoints.get(name))
        if kind == "asynchronous":
            yield Finding(at, f"{name} is asynchronous: requests to it cannot name a variant")
            continue
        if kind in ("lambda", "fargate"):
            yield Finding(at, f"{name} is hosted by {kind}, which has no variants")
            continue
        known = [str(_map(item).get("variant_name")) for item in _map(endpoints.get(name)).get("variants") or ()]
        if isinstance(variant, str) and known and variant not in known:
            yield Finding(at, f"unknown variant {variant[:80]!r}{did_you_mean(variant, known)}")


def _map(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
