"""Widgets of models on ECS Fargate. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from modules._shared.deployed import DeployedService
from modules.dashboard.spec import DashboardSpec
from modules.dashboard.widgets import Graph, Line, Search

_TASKS, _BALANCER = "ECS/ContainerInsights", "AWS/ApplicationELB"
_HOUR = 3600
_OPERATORS = {"and", "or", "not"}
_OF_A_HASH = re.compile(r"[a-f]+|[0-9]+")
"""What may also be a part of the sixteen hex digits with which AWS ends a load balancer's name."""


def service_graphs(service: DeployedService, spec: DashboardSpec, others: Sequence[str] = ()) -> Iterator[Graph]:
    """Traffic, errors and latency of the load balancer, then what the tasks use. `others`: names of further load balancers."""
    terms = search_terms(service.load_balancer, others)

    def line(metric: str, stat: str, label: str, id: str) -> Search:
        return Search(_BALANCER, metric, ("LoadBalancer",), terms, stat, label, id)

    yield Graph(f"{service.key}: requests", [line("RequestCount", "Sum", "requests", "s0")], "per period")
    errors = [line("HTTPCode_Target_5XX_Count", "Sum", "tasks", "s0"), line("HTTPCode_ELB_5XX_Count", "Sum", "load balancer", "s1")]
    yield Graph(f"{service.key}: errors", errors, "per period")
    times = [line("TargetResponseTime", stat, stat, f"s{number}") for number, stat in enumerate(spec.percentiles)]
    yield Graph(f"{service.key}: response time", times, "seconds")
    used = [_line(service, "AWS/ECS", metric, label) for metric, label in (("CPUUtilization", "CPU"), ("MemoryUtilization", "memory"))]
    yield Graph(f"{service.key}: CPU and memory", used, "percent of the tasks", marks={"all": 100})
    if service.insights:
        yield _tasks(service)


def search_terms(load_balancer: str, others: Sequence[str] = ()) -> str:
    """What finds the load balancer of this name by the dimension `app/<name>/<hash>`, whose hash only AWS knows.

    A search looks for words, not for the beginning of a name: every word of the name is wanted. Another load balancer whose name has
    these words and more is left out by one of its other words, unless every one of them may also be a part of a hash.
    """
    words = _words(load_balancer)
    wanted = " AND ".join(word for word in words if word not in _OPERATORS)
    left_out: list[str] = []
    for other in others:
        more = [word for word in _words(other) if word not in words and word not in _OPERATORS and not _OF_A_HASH.fullmatch(word)]
        if set(words) <= set(_words(other)) and more and more[0] not in left_out:
            left_out.append(more[0])
    return " ".join([f"LoadBalancer=({wanted})", *(f"NOT LoadBalancer={word}" for word in left_out)])


def task_hours(services: Sequence[DeployedService]) -> Graph:
    """The mean number of tasks of an hour is the hours that they ran in it."""
    lines = [_line(service, _TASKS, "RunningTaskCount", service.key, _HOUR) for service in services if service.insights]
    return Graph("Fargate task hours in an hour", lines, "task hours", stacked=True, period=_HOUR)


def _words(name: str) -> list[str]:
    return [word for word in re.split(r"[^a-z0-9]+", name.lower()) if word]


def _line(service: DeployedService, namespace: str, metric: str, label: str, period: int | None = None) -> Line:
    dimensions = {"ClusterName": service.name, "ServiceName": service.name}
    return Line(namespace, metric, dimensions, "Average", label, period=period)


def _tasks(service: DeployedService) -> Graph:
    """Running against wanted, and the range that the wanted number moves in."""
    lines = [_line(service, _TASKS, metric, label) for metric, label in (("RunningTaskCount", "running"), ("DesiredTaskCount", "desired"))]
    marks: dict[str, float] = {}
    if service.min_capacity is not None and service.max_capacity is not None:
        marks = {"minimum": float(service.min_capacity), "maximum": float(service.max_capacity)}
    return Graph(f"{service.key}: tasks", lines, "tasks", marks=marks)
