"""What runs in an environment right now: endpoints and their variants, the last minutes' traffic, alarms, scaling, API."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from slipway.artifacts.account import Account, error_code, explain
from slipway.dashboards.alarms import Alarm, alarms_by_prefix
from slipway.dashboards.body import Metric, Widget
from slipway.dashboards.queries import Range, fetch, one_value
from slipway.dashboards.scaling import newest_activity, ranges

MISSING = "does not exist"
_BROKEN = ("Failed", "OutOfService", "UpdateRollbackFailed", MISSING)
_ABSENT = ("ValidationException", "ResourceNotFound", "ResourceNotFoundException")
_INVOCATIONS = {"instances": "Invocations", "serverless": "Invocations", "asynchronous": "InvocationsProcessed"}
_ONE_VALUE = {"view": "singleValue", "setPeriodToTimeRange": True}
_RESOURCE = "endpoint/{}/variant/{}"


@dataclass(frozen=True)
class Traffic:
    """Of the last minutes; latencies in milliseconds, None without a request."""

    requests: float = 0.0
    errors_4xx: float = 0.0
    errors_5xx: float = 0.0
    p50_ms: float | None = None
    p99_ms: float | None = None


@dataclass(frozen=True)
class Variant:
    """A variant: its share of the traffic in percent; instances, wanted, running, scaling range (serverless, lambda: provisioned ones)."""

    name: str
    share: float
    desired: int
    running: int
    state: str = ""
    shadow: bool = False
    minimum: int | None = None
    maximum: int | None = None
    traffic: Traffic = field(default_factory=Traffic)


@dataclass(frozen=True)
class EndpointStatus:
    """An endpoint of the environment file. `scaling`: the newest scaling activity, if there was one. `load_balancer`: its dimension."""

    key: str
    name: str
    hosting: str
    state: str
    reason: str = ""
    variants: tuple[Variant, ...] = ()
    scaling: str = ""
    load_balancer: str = ""


@dataclass(frozen=True)
class ApiStatus:
    """The API and the function behind it; what it counts are HTTP requests."""

    name: str
    traffic: Traffic
    function_errors: float = 0.0
    throttles: float = 0.0


@dataclass(frozen=True)
class Status:
    """Everything. `seconds`: how far back the traffic goes."""

    environment: str
    seconds: float
    endpoints: tuple[EndpointStatus, ...]
    alarms: tuple[Alarm, ...]
    api: ApiStatus | None = None

    @property
    def troubles(self) -> list[str]:
        """What somebody should look at: endpoints that do not serve, alarms in ALARM. Nothing when all is well."""
        broken = [f"endpoint {one.name} {'is ' * (one.state != MISSING)}{one.state}" for one in self.endpoints if one.state in _BROKEN]
        return broken + [f"alarm {alarm.name} is in ALARM" for alarm in self.alarms if alarm.state == "ALARM"]

    def as_dict(self) -> dict[str, Any]:
        """For `--json`."""
        alarms = [{"name": one.name, "state": one.state, "reason": one.reason, "since": one.changed} for one in self.alarms]
        endpoints = [asdict(one) for one in self.endpoints]
        api = asdict(self.api) if self.api else None
        where = {"environment": self.environment, "seconds": self.seconds}
        return {**where, "endpoints": endpoints, "alarms": alarms, "api": api, "troubles": self.troubles}


def read_status(account: Account, seconds: int = 300, now: Callable[[], float] = time.time) -> Status:
    """Ask SageMaker, Application Auto Scaling and CloudWatch. `seconds`: a multiple of 60. SlipwayError when they do not answer."""
    from botocore.exceptions import ClientError

    end = -(-now() // 60) * 60
    span = Range(end - seconds, end)
    try:
        endpoints = list(_hosted(account))
        widgets = [_widget(_traffic_metrics(endpoint)) for endpoint in endpoints] + [_widget(_api_metrics(account))]
        *per_endpoint, of_api = [
            {line.metric.id: value for line in lines if (value := one_value(line)) is not None}
            for lines in fetch(lambda _: account.client("cloudwatch"), widgets, span)
        ]
        found = [_with_traffic(endpoint, values) for endpoint, values in zip(endpoints, per_endpoint, strict=True)]
        alarms = alarms_by_prefix(account.client("cloudwatch"), account.naming.name(""))
    except ClientError as error:
        raise explain(error, "cannot read the state of the environment", account) from None
    return Status(account.config.name, seconds, tuple(found), tuple(alarms), _api(account, of_api))


def _hosted(account: Account) -> Iterator[EndpointStatus]:
    """Everything that answers requests, in the order of the environment file."""
    from slipway.dashboards import status_services
    from slipway.dashboards.status_functions import HOSTING, function_status

    for key, entry in account.config.endpoints.items():
        if entry.hosting.kind in _INVOCATIONS:
            yield _endpoint(account, key, entry.hosting.kind)
        elif entry.hosting.kind == HOSTING:
            yield function_status(account, key)
        elif entry.hosting.kind == status_services.HOSTING:
            yield status_services.service_status(account, key)


def _endpoint(account: Account, key: str, hosting: str) -> EndpointStatus:
    from botocore.exceptions import ClientError

    from slipway.operations.stopped import state_of

    name = account.naming.name(key)
    try:
        found = account.client("sagemaker").describe_endpoint(EndpointName=name)
    except ClientError as error:
        if error_code(error) in _ABSENT:
            return EndpointStatus(key, name, hosting, *state_of(account.naming, account.client, key, MISSING))
        raise
    production, shadow = found.get("ProductionVariants", []), found.get("ShadowProductionVariants", [])
    total = sum(one.get("CurrentWeight", 0) for one in production) or 1
    limits = ranges(account, "sagemaker", [_RESOURCE.format(name, one["VariantName"]) for one in [*production, *shadow]])
    variants = [_variant(one, total, name, limits, shadow=False) for one in production]
    variants += [_variant(one, total, name, limits, shadow=True) for one in shadow]
    scaling = newest_activity(account, f"endpoint/{name}/") if limits else ""
    return EndpointStatus(key, name, hosting, found["EndpointStatus"], found.get("FailureReason", ""), tuple(variants), scaling)


def _variant(one: Mapping[str, Any], total: float, endpoint: str, limits: Mapping[str, tuple[int, int]], *, shadow: bool) -> Variant:
    serverless = one.get("CurrentServerlessConfig")
    if serverless is not None:
        wanted = (one.get("DesiredServerlessConfig") or serverless).get("ProvisionedConcurrency", 0)
        running = serverless.get("ProvisionedConcurrency", 0)
    else:
        wanted, running = one.get("DesiredInstanceCount", 0), one.get("CurrentInstanceCount", 0)
    least, most = limits.get(_RESOURCE.format(endpoint, one["VariantName"]), (None, None))
    share = 100 * one.get("CurrentWeight", 0) / total
    states = ", ".join(state["Status"] for state in one.get("VariantStatus", []))
    return Variant(one["VariantName"], share, wanted, running, states, shadow, least, most)


def _widget(metrics: list[Metric]) -> Widget:
    return Widget("metric", 0, 0, 1, 1, _ONE_VALUE, tuple(metrics))


def _metrics(key: str, namespace: str, dimensions: tuple[tuple[str, str], ...], wanted: Mapping[str, tuple[str, str]]) -> list[Metric]:
    return [
        Metric(f"{key}{what}", label=what, stat=stat, namespace=namespace, name=name, dimensions=dimensions)
        for what, (name, stat) in wanted.items()
    ]


def _traffic_metrics(endpoint: EndpointStatus) -> list[Metric]:
    if endpoint.hosting == "lambda":
        from slipway.dashboards.status_functions import METRICS

        return _metrics("v0", "AWS/Lambda", (("FunctionName", endpoint.name),), METRICS) if endpoint.variants else []
    if endpoint.hosting == "fargate":
        from slipway.dashboards.status_services import METRICS

        balancer = (("LoadBalancer", endpoint.load_balancer),)
        return _metrics("v0", "AWS/ApplicationELB", balancer, METRICS) if endpoint.load_balancer else []
    wanted = {
        "requests": (_INVOCATIONS[endpoint.hosting], "Sum"),
        "errors4": ("Invocation4XXErrors", "Sum"),
        "errors5": ("Invocation5XXErrors", "Sum"),
        "p50": ("ModelLatency", "p50"),
        "p99": ("ModelLatency", "p99"),
    }
    found: list[Metric] = []
    for number, variant in enumerate(endpoint.variants):
        dimensions = (("EndpointName", endpoint.name), ("VariantName", variant.name))
        found += _metrics(f"v{number}", "AWS/SageMaker", dimensions, wanted)
    return found


def _with_traffic(endpoint: EndpointStatus, values: Mapping[str, float]) -> EndpointStatus:
    variants = []
    for number, variant in enumerate(endpoint.variants):
        # ModelLatency is in microseconds, a function's Duration in milliseconds, a load balancer's TargetResponseTime in seconds.
        traffic = _traffic(f"v{number}", values, {"lambda": 1.0, "fargate": 0.001}.get(endpoint.hosting, 1000.0))
        variants.append(Variant(**{**variant.__dict__, "traffic": traffic}))
    return EndpointStatus(**{**endpoint.__dict__, "variants": tuple(variants)})


def _traffic(key: str, values: Mapping[str, float], per_ms: float) -> Traffic:
    latencies = {f"{what}_ms": values[f"{key}{what}"] / per_ms for what in ("p50", "p99") if f"{key}{what}" in values}
    counts = [values.get(f"{key}{what}", 0.0) for what in ("requests", "errors4", "errors5")]
    return Traffic(*counts, **latencies)


def _api_metrics(account: Account) -> list[Metric]:
    if account.config.api is None:
        return []
    from modules.api.spec import api_name, function_name, stage_name

    api = {
        "requests": ("Count", "Sum"),
        "errors4": ("4XXError", "Sum"),
        "errors5": ("5XXError", "Sum"),
        "p50": ("Latency", "p50"),
        "p99": ("Latency", "p99"),
    }
    naming = account.naming
    stage = (("ApiName", api_name(naming)), ("Stage", stage_name(naming)))
    function = {"errors": ("Errors", "Sum"), "throttles": ("Throttles", "Sum")}
    return [
        *_metrics("a", "AWS/ApiGateway", stage, api),
        *_metrics("f", "AWS/Lambda", (("FunctionName", function_name(naming)),), function),
    ]


def _api(account: Account, values: Mapping[str, float]) -> ApiStatus | None:
    if account.config.api is None:
        return None
    from modules.api.spec import api_name

    traffic = _traffic("a", values, 1.0)
    return ApiStatus(api_name(account.naming), traffic, values.get("ferrors", 0.0), values.get("fthrottles", 0.0))
