"""Rows of the alarms on one model on ECS Fargate. Pure: loads no toolkit."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from modules._shared.deployed import DeployedService
from modules._shared.naming import Naming
from modules.alarms.kinds import RunningTasksAlarm
from modules.alarms.rows import Metric, Row, alarm_name
from modules.alarms.spec import ServiceAlarms

_UTILIZATION = {"cpu_utilization": "CPUUtilization", "memory_utilization": "MemoryUtilization"}


def service_rows(naming: Naming, service: DeployedService, alarms: ServiceAlarms) -> Iterator[Row]:
    """The alarms that are on and that the service can have: without Container Insights nobody counts its tasks."""
    for option, spec in alarms.enabled().items():
        found = _found(service, option, spec)
        if found is not None:
            text, threshold, metric, minus = found
            yield Row(
                id=f"service_{service.key}_{option}".replace("-", "_"),
                name=alarm_name(naming, f"service-{service.key}", option.replace("_", "-")),
                description=f"{text}, service {service.name}.",
                metric=metric,
                threshold=threshold,
                spec=_patient(spec) if service.stops and isinstance(spec, RunningTasksAlarm) else spec,
                minus=minus,
            )


def _patient(spec: RunningTasksAlarm) -> RunningTasksAlarm:
    """For a service that is stopped at night: no tasks are no outage, unless the file says how missing data counts."""
    return spec if "treat_missing_data" in spec.model_fields_set else spec.model_copy(update={"treat_missing_data": "notBreaching"})


def _found(service: DeployedService, option: str, spec: Any) -> tuple[str, float, Metric, Metric | None] | None:
    """What the alarm says, its threshold, its metric, and the metric that is taken from it."""
    if option in _UTILIZATION:
        metric = _metric(service, "AWS/ECS", _UTILIZATION[option])
        return f"{metric.name} at or above {spec.threshold:.10g} % of the tasks", spec.threshold, metric, None
    if not service.insights:
        return None
    running = _metric(service, "ECS/ContainerInsights", "RunningTaskCount")
    if option == "running_tasks":
        wanted = _metric(service, "ECS/ContainerInsights", "DesiredTaskCount")
        return f"Tasks that are wanted and do not run: {spec.threshold} or more", spec.threshold, wanted, running
    if not service.scales or service.max_capacity is None:
        return None
    return f"Autoscaling runs its maximum of {service.max_capacity} tasks", float(service.max_capacity), running, None


def _metric(service: DeployedService, namespace: str, name: str) -> Metric:
    return Metric(namespace, name, {"ClusterName": service.name, "ServiceName": service.name}, "Average")
