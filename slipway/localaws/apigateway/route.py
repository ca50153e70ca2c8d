"""From an HTTP request to a stage to its answer, through API Gateway's rules in their order. Called without the lock."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

from slipway.localaws.apigateway import address, limits, mock, proxy, responses, stages
from slipway.localaws.apigateway.address import Address
from slipway.localaws.apigateway.authorize import authorize
from slipway.localaws.apigateway.exchange import Exchange
from slipway.localaws.apigateway.faults import GatewayFault
from slipway.localaws.apigateway.observe import observe
from slipway.localaws.apigateway.snapshot import Method, Resource
from slipway.localaws.apigateway.stages import Stage
from slipway.localaws.apigateway.validate import validate
from slipway.localaws.request import Environ, read_body
from slipway.localaws.responses import Answer

LOG = logging.getLogger("slipway.localaws")
LARGEST_BODY = 10 * 1024 * 1024
"""Bytes of a request (API Gateway quotas: 10 MB)."""
_OWN = ("x-amzn-requestid", "x-amz-apigw-id", "x-amzn-trace-id", "content-length", "connection")


def find(environ: Environ) -> Address | None:
    """Whether, and for which API, a request is."""
    return address.read(environ)


def answer(place: Address, environ: Environ) -> Answer:
    """The answer to one request to an API; whatever fails is one of API Gateway's own answers."""
    exchange = Exchange.read(place, environ, read_body(environ))
    stage = stages.find(place)
    if stage is None:
        return _finished(responses.refusal(GatewayFault("INVALID_API_KEY"), exchange, None), exchange)
    exchange.stage(stage.account, stage.api.id, stage.name, stage.variables, canary=stage.canary)
    found = address.resource(stage.snapshot, place.path)
    path = found[0].path if found else ""
    settings = stage.settings(path, exchange.method) if found else stage.settings("/", "*")
    result = _result(stage, exchange, found, settings)
    observe(stage, exchange, result, path, settings)
    return _finished(result, exchange)


def _result(stage: Stage, exchange: Exchange, found: tuple[Resource, dict[str, str]] | None, settings: Mapping[str, Any]) -> Answer:
    """What the method's integration answers, or API Gateway's own answer to what went wrong."""
    try:
        return _served(stage, exchange, found, settings)
    except GatewayFault as fault:
        failed = fault
    except Exception:
        LOG.exception("a request to API %s failed", stage.api.id)
        failed = GatewayFault("API_CONFIGURATION_ERROR", log="The local AWS failed; its log has the traceback")
    exchange.notes += [failed.log] if failed.log else []
    return responses.refusal(failed, exchange, stage.snapshot)


def _served(stage: Stage, exchange: Exchange, found: tuple[Resource, dict[str, str]] | None, settings: Mapping[str, Any]) -> Answer:
    if len(exchange.body) > LARGEST_BODY:
        raise GatewayFault("REQUEST_TOO_LARGE")
    if found is None:
        raise GatewayFault("MISSING_AUTHENTICATION_TOKEN")
    resource, exchange.path_parameters = found
    method = resource.methods.get(exchange.method) or resource.methods.get("ANY")
    if method is None:
        raise GatewayFault("MISSING_AUTHENTICATION_TOKEN")
    exchange.context |= {"resourceId": resource.id, "resourcePath": resource.path}
    source_arn = stage.source_arn(exchange.method, exchange.address.path)
    authorize(exchange, method, stage.snapshot, stage.account, stage.region, source_arn)
    _limit(stage, exchange, resource, method, settings)
    validate(exchange, method, stage.snapshot)
    return _integrated(stage, exchange, resource, method, source_arn)


def _limit(stage: Stage, exchange: Exchange, resource: Resource, method: Method, settings: Mapping[str, Any]) -> None:
    """Key and plan, then the method's or the stage's limit, then the account's."""
    if method.key_required:
        route = f"{resource.path}/{exchange.method}"
        limits.use_key(exchange, stage.backend, stage.api.id, stage.name, route, stage.snapshot.api_key_source)
    bucket = f"{resource.path} {exchange.method}" if stage.own_settings(resource.path, exchange.method) else "*"
    limits.throttle(stage.stage, bucket, settings.get("throttlingRateLimit"), settings.get("throttlingBurstLimit"))
    limits.throttle(stage.backend, "account", limits.ACCOUNT_RATE, limits.ACCOUNT_BURST)


def _integrated(stage: Stage, exchange: Exchange, resource: Resource, method: Method, source_arn: str) -> Answer:
    integration = method.integration
    if integration is None:
        raise GatewayFault("API_CONFIGURATION_ERROR", log="No integration defined for method")
    if integration.kind == "MOCK":
        return mock.call(exchange, integration)
    if integration.kind == "AWS_PROXY":
        return proxy.call(exchange, integration, resource, stage.snapshot, source_arn)
    raise GatewayFault("API_CONFIGURATION_ERROR", log=f"The local AWS has no integration of type {integration.kind}")


def _finished(result: Answer, exchange: Exchange) -> Answer:
    """The answer with the headers that API Gateway puts on every one; what the function calls so is remapped, as on AWS."""
    headers = [
        (f"x-amzn-Remapped-{name}" if name.lower() in _OWN else name, value)
        for name, value in result.headers
        if name.lower() != "connection"
    ]
    headers += [
        ("x-amzn-RequestId", exchange.request_id),
        ("x-amz-apigw-id", exchange.extended_id),
        ("X-Amzn-Trace-Id", f"Root={exchange.trace_id}"),
    ]
    return Answer(result.status, headers, result.body)
