"""What CloudWatch hears of a request: metrics, the access log in the stage's own format, the execution log."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Mapping
from typing import Any

from slipway.localaws import background, logwriter
from slipway.localaws.apigateway.exchange import Exchange, render
from slipway.localaws.apigateway.stages import Stage
from slipway.localaws.cloudwatch import metrics
from slipway.localaws.responses import Answer

NAMESPACE = "AWS/ApiGateway"


def observe(stage: Stage, exchange: Exchange, answer: Answer, resource_path: str, settings: Mapping[str, Any]) -> None:
    """Emit metrics and write logs of one answered request."""
    latency = (time.monotonic() - exchange.started) * 1000
    exchange.context |= {
        "status": str(answer.status),
        "responseLength": str(len(answer.body)),
        "responseLatency": str(round(latency)),
    }
    if exchange.integration_ms is not None:
        known = str(round(exchange.integration_ms))
        exchange.context |= {"integrationLatency": known, "integration.latency": known}
    _emit(stage, exchange, answer, latency, resource_path if settings.get("metricsEnabled") else "")
    _access_log(stage, exchange)
    _execution_log(stage, exchange, answer, resource_path, settings)


def _emit(stage: Stage, exchange: Exchange, answer: Answer, latency: float, resource_path: str) -> None:
    values = [
        ("Count", 1.0, "Count"),
        ("Latency", latency, "Milliseconds"),
        ("4XXError", float(400 <= answer.status < 500), "Count"),
        ("5XXError", float(answer.status >= 500), "Count"),
    ]
    if exchange.integration_ms is not None:
        values.append(("IntegrationLatency", exchange.integration_ms, "Milliseconds"))
    of_api = {"ApiName": str(stage.api.name)}
    of_stage = {**of_api, "Stage": stage.log_name}
    dimensions = [of_api, of_stage]
    if resource_path:
        dimensions.append({**of_stage, "Resource": resource_path, "Method": exchange.method})
    for one in dimensions:
        metrics.emit_all(stage.account, stage.region, NAMESPACE, one, values)
    background.wake()


def _access_log(stage: Stage, exchange: Exchange) -> None:
    settings = stage.access_log
    group = str(settings.get("destinationArn", "")).partition(":log-group:")[2].removesuffix(":*")
    if group and settings.get("format"):
        line = render(settings["format"], exchange, missing="-")
        logwriter.put(logwriter.Batch(stage.account, stage.region, group, _stream(stage), lambda: [line]))


def _execution_log(stage: Stage, exchange: Exchange, answer: Answer, resource_path: str, settings: Mapping[str, Any]) -> None:
    """Level ERROR: only requests that failed. Nothing without the account's role for logs, as on AWS."""
    level = str(settings.get("loggingLevel") or "OFF")
    failed = bool(exchange.notes) or answer.status >= 500
    if level == "OFF" or (level == "ERROR" and not failed) or not stage.backend.account.cloudwatch_role_arn:
        return
    lines = [f"Extended Request Id: {exchange.extended_id}"]
    if level == "INFO":
        lines += [f"Starting execution for request: {exchange.request_id}"]
        lines += [f"HTTP Method: {exchange.method}, Resource Path: {resource_path or exchange.address.path}"]
    if settings.get("dataTraceEnabled"):
        lines += [f"Method request body before transformations: {exchange.body.decode('utf-8', 'replace')[:1024]}"]
        lines += [f"Method response body after transformations: {answer.body.decode('utf-8', 'replace')[:1024]}"]
    lines += exchange.notes
    lines += [f"Method completed with status: {answer.status}"]
    written = [f"({exchange.request_id}) {line}" for line in lines]
    group = f"API-Gateway-Execution-Logs_{stage.api.id}/{stage.log_name}"
    logwriter.put(logwriter.Batch(stage.account, stage.region, group, _stream(stage), lambda: written, create=True))


def _stream(stage: Stage) -> str:
    return hashlib.md5(f"{stage.api.id}{stage.log_name}".encode(), usedforsecurity=False).hexdigest()
