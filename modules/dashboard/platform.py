"""Widgets of what stands around the endpoints: API, function, cost drivers, locks. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from modules._shared.deployed import Deployed, DeployedApi, DeployedFunction
from modules._shared.published_metrics import INVOCATION, LOCK_NAMESPACE
from modules.dashboard.endpoints import running
from modules.dashboard.services import task_hours
from modules.dashboard.spec import DashboardSpec
from modules.dashboard.widgets import Expression, Graph, Line

HOUR = 3600


def api_graphs(api: DeployedApi, spec: DashboardSpec) -> Iterator[Graph]:
    """Requests, errors and latency of the API; the same of its function."""
    stage = {"ApiName": api.name, "Stage": api.stage}
    yield Graph("API: requests", [Line("AWS/ApiGateway", "Count", stage, "Sum", "requests")], "per period")
    errors = [Line("AWS/ApiGateway", metric, stage, "Sum", metric) for metric in ("4XXError", "5XXError")]
    yield Graph("API: errors", errors, "per period")
    yield Graph("API: latency", [Line("AWS/ApiGateway", "Latency", stage, stat, stat) for stat in spec.percentiles], "milliseconds")
    inside = [Line("AWS/ApiGateway", "IntegrationLatency", stage, stat, stat) for stat in spec.percentiles]
    yield Graph("API: latency of the function", inside, "milliseconds")
    yield from function_graphs(DeployedFunction("", api.function_name, api.timeout, api.memory), spec)


def function_graphs(function: DeployedFunction, spec: DashboardSpec) -> Iterator[Graph]:
    """Invocations, duration and concurrency of a function; one without a key is the API's."""
    called = function.key or "Function"
    dimensions = {"FunctionName": function.name}
    counts = [Line("AWS/Lambda", metric, dimensions, "Sum", metric) for metric in ("Invocations", "Errors", "Throttles")]
    yield Graph(f"{called}: invocations", counts, "per period")
    duration = [Line("AWS/Lambda", "Duration", dimensions, stat, stat) for stat in spec.percentiles]
    yield Graph(f"{called}: duration", duration, "milliseconds", marks={"timeout": function.timeout * 1000.0})
    at_once = [Line("AWS/Lambda", "ConcurrentExecutions", dimensions, "Maximum", "at a time")]
    yield Graph(f"{called}: concurrency", at_once, "executions")


def cost_graphs(deployed: Deployed) -> Iterator[Graph]:
    """What the bill is made of, by the hour: amounts, not money, because prices differ by region and contract."""
    machines = [(e, v) for e in deployed.endpoints if e.hosting != "serverless" for v in e.variants]
    if machines:
        yield _instance_hours(deployed)
    if serverless := [(e, v) for e in deployed.endpoints if e.hosting == "serverless" for v in e.variants]:
        lines = [
            Line(INVOCATION, "ModelLatency", {"EndpointName": e.name, "VariantName": v.name}, "Sum", e.key, f"s{n}", False, HOUR)
            for n, (e, v) in enumerate(serverless)
        ]
        seconds = [Expression(f"s{n}/1000000", f"{e.key} {v.name}", f"x{n}") for n, (e, v) in enumerate(serverless)]
        yield Graph("Serverless compute seconds in an hour", [*lines, *seconds], "seconds", stacked=True, period=HOUR)
    if deployed.api is not None:
        yield from _api_costs(deployed.api)
    if deployed.functions:
        yield _function_costs(deployed.functions)
    if any(service.insights for service in deployed.services):
        yield task_hours(deployed.services)
    if groups := deployed.log_groups:
        lines = [Line("AWS/Logs", "IncomingBytes", {"LogGroupName": group}, "Sum", group.rpartition("/")[2]) for group in groups]
        yield Graph("Logs written in an hour", lines, "bytes", stacked=True, period=HOUR)
    if deployed.capture_bucket:
        dimensions = {"BucketName": deployed.capture_bucket, "StorageType": "StandardStorage"}
        line = Line("AWS/S3", "BucketSizeBytes", dimensions, "Average", "captured data", period=86400)
        yield Graph("Captured data kept", [line], "bytes", period=86400)


def _instance_hours(deployed: Deployed) -> Graph:
    """Samples of a minute, summed over an hour, are instance minutes."""
    lines: list[Line] = []
    hours: list[Expression] = []
    machines = [(e, v) for e in deployed.endpoints if e.hosting != "serverless" for v in e.variants]
    for number, (endpoint, variant) in enumerate(machines):
        counted = running(endpoint, variant, f"m{number}", visible=False)
        lines.append(Line(counted.namespace, counted.metric, counted.dimensions, counted.stat, counted.label, counted.id, False, HOUR))
        hours.append(Expression(f"m{number}/60", f"{endpoint.key} {variant.name} {variant.instance_type}", f"h{number}"))
    return Graph("Instance hours in an hour", [*lines, *hours], "instance hours", stacked=True, period=HOUR)


def _api_costs(api: DeployedApi) -> Iterator[Graph]:
    function = {"FunctionName": api.function_name}
    lines: list[Line | Expression] = [
        Line("AWS/ApiGateway", "Count", {"ApiName": api.name, "Stage": api.stage}, "Sum", "API requests", period=HOUR),
        Line("AWS/Lambda", "Duration", function, "Sum", "duration", "d0", False, HOUR),
        Expression(f"d0/1000*{api.memory / 1024:.10g}", "function GB-seconds", "g0"),
    ]
    yield Graph("API and function in an hour", lines, "amount", period=HOUR)


def _function_costs(functions: Sequence[DeployedFunction]) -> Graph:
    lines: list[Line | Expression] = []
    for number, one in enumerate(functions):
        lines.append(Line("AWS/Lambda", "Duration", {"FunctionName": one.name}, "Sum", one.key, f"f{number}", False, HOUR))
        lines.append(Expression(f"f{number}/1000*{one.memory / 1024:.10g}", f"{one.key} GB-seconds", f"k{number}"))
    return Graph("Models in functions in an hour", lines, "GB-seconds", stacked=True, period=HOUR)


def lock_graphs(deployed: Deployed) -> Iterator[Graph]:
    """How long deploys hold the environment, and how many Terraform runs found a state locked."""
    naming = deployed.naming
    held = Line(LOCK_NAMESPACE, "LockHeldSeconds", {"Project": naming.project, "Environment": naming.environment}, "Maximum", "held")
    yield Graph("Deploy lock", [held], "seconds")
    if deployed.lock_table:
        refused = Line("AWS/DynamoDB", "ConditionalCheckFailedRequests", {"TableName": deployed.lock_table}, "Sum", "refused")
        yield Graph("State locks refused", [refused], "per period")
