"""Widgets of one endpoint, by what its hosting publishes. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from modules._shared.deployed import DeployedEndpoint, DeployedVariant
from modules._shared.published_metrics import INSTANCE, INVOCATION
from modules.dashboard.spec import DashboardSpec
from modules.dashboard.widgets import Expression, Graph, Line


def endpoint_graphs(endpoint: DeployedEndpoint, spec: DashboardSpec) -> Iterator[Graph]:
    """Traffic, latency, errors, then what the endpoint runs on."""
    yield _requests(endpoint)
    yield from _latency(endpoint, spec)
    yield _errors(endpoint)
    if endpoint.hosting == "asynchronous":
        yield from _queue(endpoint)
    if endpoint.hosting == "serverless":
        yield from _serverless(endpoint)
    else:
        yield from _machines(endpoint)
        yield from _instances(endpoint)


def line(endpoint: DeployedEndpoint, variant: DeployedVariant, namespace: str, metric: str, stat: str, label: str = "") -> Line:
    """One statistic of a metric of a variant."""
    dimensions = {"EndpointName": endpoint.name, "VariantName": variant.name}
    return Line(namespace, metric, dimensions, stat, label or variant.name, hosting=endpoint.hosting)


def _each(endpoint: DeployedEndpoint, namespace: str, metric: str, stat: str, suffix: str = "") -> list[Line]:
    return [line(endpoint, v, namespace, metric, stat, f"{v.name}{suffix}") for v in endpoint.variants]


def _requests(endpoint: DeployedEndpoint) -> Graph:
    """An asynchronous endpoint publishes no Invocations."""
    metric = "InvocationsProcessed" if endpoint.hosting == "asynchronous" else "Invocations"
    return Graph(f"{endpoint.key}: requests", _each(endpoint, INVOCATION, metric, "Sum"), "per period")


def _latency(endpoint: DeployedEndpoint, spec: DashboardSpec) -> Iterator[Graph]:
    for variant in endpoint.variants:
        lines = [line(endpoint, variant, INVOCATION, "ModelLatency", stat, stat) for stat in spec.percentiles]
        yield Graph(f"{endpoint.key} {variant.name}: latency of the container", lines, "microseconds")
    if endpoint.hosting != "asynchronous":
        pairs = [(v, stat) for v in endpoint.variants for stat in spec.percentiles]
        overhead = [line(endpoint, v, INVOCATION, "OverheadLatency", stat, f"{v.name} {stat}") for v, stat in pairs]
        yield Graph(f"{endpoint.key}: overhead of SageMaker", overhead, "microseconds")


def _errors(endpoint: DeployedEndpoint) -> Graph:
    lines = [
        *_each(endpoint, INVOCATION, "Invocation4XXErrors", "Sum", " 4XX"),
        *_each(endpoint, INVOCATION, "Invocation5XXErrors", "Sum", " 5XX"),
    ]
    return Graph(f"{endpoint.key}: errors", lines, "per period")


def _queue(endpoint: DeployedEndpoint) -> Iterator[Graph]:
    dimensions = {"EndpointName": endpoint.name}
    sizes = [("ApproximateBacklogSize", "waiting"), ("ApproximateBacklogSizePerInstance", "waiting per instance")]
    lines = [Line(INVOCATION, metric, dimensions, "Maximum", label, hosting=endpoint.hosting) for metric, label in sizes]
    yield Graph(f"{endpoint.key}: backlog", lines, "requests")
    age = Line(INVOCATION, "ApproximateAgeOfOldestRequest", dimensions, "Maximum", "oldest request", hosting=endpoint.hosting)
    yield Graph(f"{endpoint.key}: age of the oldest request", [age], "seconds")
    lost = [
        *_each(endpoint, INVOCATION, "InvocationFailures", "Sum", " failed"),
        *_each(endpoint, INVOCATION, "ExpiredRequests", "Sum", " expired"),
        *_each(endpoint, INVOCATION, "ResponseUploadFailures", "Sum", " not written"),
    ]
    yield Graph(f"{endpoint.key}: requests without an answer", lost, "per period")


def _serverless(endpoint: DeployedEndpoint) -> Iterator[Graph]:
    used = _each(endpoint, INVOCATION, "ServerlessConcurrentExecutionsUtilization", "Maximum")
    yield Graph(f"{endpoint.key}: concurrency in use", used, "part of the maximum", marks={"maximum": 1})
    yield Graph(f"{endpoint.key}: cold starts", _each(endpoint, INVOCATION, "ModelSetupTime", "SampleCount"), "per period")
    yield Graph(f"{endpoint.key}: memory", _each(endpoint, INSTANCE, "MemoryUtilization", "Average"), "percent", marks={"all": 100})


def _machines(endpoint: DeployedEndpoint) -> Iterator[Graph]:
    """CPUUtilization and the GPU metrics count each CPU or GPU as 100."""
    whole = {f"all CPUs of {v.instance_type}": 100.0 * v.vcpus for v in endpoint.variants if v.vcpus}
    yield Graph(f"{endpoint.key}: CPU", _each(endpoint, INSTANCE, "CPUUtilization", "Average"), "percent of one CPU", marks=whole)
    yield Graph(f"{endpoint.key}: memory", _each(endpoint, INSTANCE, "MemoryUtilization", "Average"), "percent", marks={"all": 100})
    full = {"all": 100.0, **({"data capture stops": 75.0} if endpoint.captures else {})}
    yield Graph(f"{endpoint.key}: disk", _each(endpoint, INSTANCE, "DiskUtilization", "Maximum"), "percent", marks=full)
    with_gpu = [v for v in endpoint.variants if v.gpus]
    if with_gpu:
        lines = [
            line(endpoint, v, INSTANCE, metric, "Average", f"{v.name} {label}")
            for v in with_gpu
            for metric, label in (("GPUUtilization", "GPU"), ("GPUMemoryUtilization", "GPU memory"))
        ]
        marks = {f"all GPUs of {v.instance_type}": 100.0 * v.gpus for v in with_gpu}
        yield Graph(f"{endpoint.key}: GPU", lines, "percent of one GPU", marks=marks)


def running(endpoint: DeployedEndpoint, variant: DeployedVariant, id: str = "", *, visible: bool = True) -> Line:
    """Instances that run: each publishes CPUUtilization once a minute, so its samples in a minute are their number.

    AWS, asynchronous inference troubleshooting: "check the sample count statistic for a 1 minute period".
    """
    dimensions = {"EndpointName": endpoint.name, "VariantName": variant.name}
    label = f"{variant.name} running"
    return Line(INSTANCE, "CPUUtilization", dimensions, "SampleCount", label, id, visible, 60, endpoint.hosting)


def _instances(endpoint: DeployedEndpoint) -> Iterator[Graph]:
    """Running against wanted. CloudWatch has no metric of the wanted number: the range it moves in is drawn instead."""
    marks: dict[str, float] = {}
    for v in endpoint.variants:
        if v.min_capacity is not None and v.max_capacity is not None:
            marks |= {f"{v.name} minimum": float(v.min_capacity), f"{v.name} maximum": float(v.max_capacity)}
        else:
            marks[f"{v.name} desired"] = float(v.count)
    yield Graph(f"{endpoint.key}: instances", [running(endpoint, v) for v in endpoint.variants], "instances", marks=marks, period=60)
    scaled = [(number, v) for number, v in enumerate(endpoint.variants) if v.scales]
    if scaled:
        counts = [running(endpoint, v, f"m{number}", visible=False) for number, v in scaled]
        changes = [Expression(f"DIFF(m{number})", f"{v.name} added or removed", f"e{number}") for number, v in scaled]
        yield Graph(f"{endpoint.key}: scaling activities", [*counts, *changes], "instances", period=60)
