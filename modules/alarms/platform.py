"""Rows of the alarms of an environment: endpoints, and what stands around them. Pure: loads no toolkit."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from modules._shared.deployed import Deployed, DeployedApi, DeployedFunction
from modules._shared.naming import Naming
from modules._shared.published_metrics import LOCK_NAMESPACE
from modules.alarms.endpoints import endpoint_rows
from modules.alarms.rows import Metric, Row, alarm_name
from modules.alarms.services import service_rows
from modules.alarms.spec import AlarmsSpec, ApiAlarms, LambdaAlarms, StateLockAlarms


def all_rows(deployed: Deployed, spec: AlarmsSpec) -> list[Row]:
    """Every alarm of an environment."""
    naming = deployed.naming
    found = [row for endpoint in deployed.endpoints for row in endpoint_rows(naming, endpoint, spec.of(endpoint.key, endpoint.hosting))]
    if deployed.api is not None:
        own = DeployedFunction("", deployed.api.function_name, deployed.api.timeout, deployed.api.memory)
        found += [*_api_rows(naming, deployed.api, spec.api), *_function_rows(naming, "function", own, spec.function)]
    for function in deployed.functions:
        found += _function_rows(naming, f"function-{function.key}", function, spec.functions)
    for service in deployed.services:
        found += service_rows(naming, service, spec.services)
    return [*found, *_lock_rows(deployed, spec.state_lock)]


def _row(naming: Naming, what: str, option: str, text: str, metric: Metric, threshold: float, spec: Any) -> Row:
    name = alarm_name(naming, what, option.replace("_", "-"))
    return Row(f"{what}_{option}".replace("-", "_"), name, f"{text}.", metric, threshold, spec)


def _api_rows(naming: Naming, api: DeployedApi, alarms: ApiAlarms) -> Iterator[Row]:
    names = {"errors_5xx": "5XXError", "errors_4xx": "4XXError", "latency": "Latency"}
    for option, spec in alarms.enabled().items():
        statistic = getattr(spec, "extended_statistic", "Average")
        metric = Metric("AWS/ApiGateway", names[option], {"ApiName": api.name, "Stage": api.stage}, statistic)
        threshold = float(getattr(spec, "threshold"))  # noqa: B009 - which class has it is known to the option only
        limit = f"{threshold:.10g} ms" if option == "latency" else f"{threshold:.0%} of all requests"
        yield _row(naming, "api", option, f"{metric.name} ({statistic}) at or above {limit}, API {api.name}", metric, threshold, spec)


def _function_rows(naming: Naming, what: str, function: DeployedFunction, alarms: LambdaAlarms) -> Iterator[Row]:
    names = {"errors": "Errors", "throttles": "Throttles", "duration": "Duration"}
    for option, spec in alarms.enabled().items():
        given = float(getattr(spec, "threshold"))  # noqa: B009
        statistic, threshold = "Sum", given
        if option == "duration":
            statistic, threshold = str(getattr(spec, "extended_statistic")), round(given * function.timeout * 10, 3)  # noqa: B009
        metric = Metric("AWS/Lambda", names[option], {"FunctionName": function.name}, statistic)
        text = f"{metric.name} ({statistic}) at or above {threshold:.10g}, function {function.name}"
        yield _row(naming, what, option, text, metric, threshold, spec)


def _lock_rows(deployed: Deployed, alarms: StateLockAlarms) -> Iterator[Row]:
    naming = deployed.naming
    if alarms.held is not None:
        dimensions = {"Project": naming.project, "Environment": naming.environment}
        metric = Metric(LOCK_NAMESPACE, "LockHeldSeconds", dimensions, "Maximum")
        text = f"A deploy has held {naming.name()} for {alarms.held.threshold:.10g} s or longer"
        yield _row(naming, "state-lock", "held", text, metric, alarms.held.threshold, alarms.held)
    if alarms.refused is not None and deployed.lock_table:
        metric = Metric("AWS/DynamoDB", "ConditionalCheckFailedRequests", {"TableName": deployed.lock_table}, "Sum")
        text = f"Terraform finds the state in {deployed.lock_table} locked, again and again"
        yield _row(naming, "state-lock", "refused", text, metric, alarms.refused.threshold, alarms.refused)
