"""CPU and memory of services, and how many tasks run, once a minute (AWS/ECS and Container Insights)."""

from __future__ import annotations

import time

from moto.ecs.models import ecs_backends

from slipway.localaws.clock import real_seconds
from slipway.localaws.cloudwatch import metrics
from slipway.localaws.ecs import health, live
from slipway.localaws.ecs.service import LiveService
from slipway.localaws.ecs.task import LiveTask
from slipway.localaws.elb import measure
from slipway.localaws.utilization import SAMPLE_SECONDS, children_of_all, usage

NAMESPACE, INSIGHTS = "AWS/ECS", "ECS/ContainerInsights"
_before: dict[int, tuple[float, float]] = {}
_sampled = 0.0


def job() -> bool:
    """Sample every service when it is time. True while there are any."""
    global _sampled
    found = live.services()
    if not found:
        _before.clear()
        return False
    now = time.monotonic()
    if now - _sampled >= real_seconds(SAMPLE_SECONDS):
        _sampled = now
        processes = children_of_all()
        for service in found:
            _sample(service, processes)
    return True


def _sample(live_service: LiveService, processes: dict[int, list[int]]) -> None:
    """Percent of what the tasks reserve (ECS developer guide, "Amazon ECS CloudWatch metrics")."""
    service = live_service.service
    dimensions = {"ClusterName": service.cluster_name, "ServiceName": service.name}
    place = (live_service.account, live_service.region)
    if service.running_count and _has_insights(live_service):
        counts = {"Running": service.running_count, "Pending": service.pending_count, "Desired": service.desired_count}
        metrics.emit_all(*place, INSIGHTS, dimensions, [(f"{name}TaskCount", float(count), "Count") for name, count in counts.items()])
    for group in health.groups(*place, service):
        measure.hosts(*place, group)
    for task in live_service.tasks:
        if task.alive():
            cpu, memory = _of(task, processes)
            metrics.emit_all(*place, NAMESPACE, dimensions, [("CPUUtilization", cpu, "Percent"), ("MemoryUtilization", memory, "Percent")])


def _has_insights(live_service: LiveService) -> bool:
    """Whether the cluster has Container Insights on; they count a service's tasks only while one of them runs."""
    cluster = ecs_backends[live_service.account][live_service.region].clusters.get(live_service.service.cluster_name)
    settings = {item["name"]: item["value"] for item in getattr(cluster, "settings", None) or []}
    return settings.get("containerInsights") in ("enabled", "enhanced")


def _of(task: LiveTask, processes: dict[int, list[int]]) -> tuple[float, float]:
    now, used = time.monotonic(), usage(task.pid, processes)
    before, since = _before.get(task.pid, (used.cpu, now - 1.0))
    _before[task.pid] = (used.cpu, now)
    vcpus = task.plan.cpu / 1024
    cpu = 100 * max(0.0, used.cpu - before) / max(0.001, now - since) / vcpus
    return cpu, 100 * used.memory / (task.plan.memory * 1024 * 1024)
