"""Moto's records of tasks, and what EventBridge hears of deployments."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

from moto.ecs.models import Task, ecs_backends

from slipway.localaws.lock import LOCK

if TYPE_CHECKING:
    from slipway.localaws.ecs.deployment import Deployment
    from slipway.localaws.ecs.service import LiveService

KEPT = 20
"""Stopped tasks of a service that DescribeTasks still knows; AWS keeps them for an hour."""


def new_task(live: LiveService, deployment: Deployment) -> Any:
    """A task that is being started, with its network interface."""
    service = live.service
    with LOCK:
        backend = ecs_backends[live.account][live.region]
        task = Task(
            backend.clusters[service.cluster_name],
            backend.describe_task_definition(deployment.definition),
            None,
            {},
            backend=backend,
            group=f"service:{service.name}",
            launch_type=service.launch_type or "FARGATE",
            started_by=deployment.id,
            networking_configuration=service.network_configuration or None,
            platform_version=service.platform_version,
        )
        task._transitions = []  # moto would let each DescribeTasks move it on
        task.status, task.created_at = "PENDING", datetime.now(timezone.utc)
        for container in task.containers:
            container.container_arn = f"{task.task_arn.replace(':task/', ':container/')}/{container.container_arn.rpartition('/')[2]}"
            container.task_arn, container.exitCode = task.task_arn, None
        of_cluster = backend.tasks.setdefault(service.cluster_name, {})
        of_cluster[task.task_arn] = task
        _forget_old(of_cluster, task.group)
    return task


def _forget_old(tasks: dict[str, Any], group: str) -> None:
    stopped = [arn for arn, task in tasks.items() if task.group == group and task.status == "STOPPED"]
    for arn in stopped[:-KEPT]:
        del tasks[arn]


def announce(live: LiveService, name: str, deployment: Deployment) -> None:
    """Tell EventBridge (ECS developer guide, "Amazon ECS service deployment state change events")."""
    from slipway.localaws.events.bus import publish

    detail = {
        "eventType": "ERROR" if name.endswith("FAILED") else "INFO",
        "eventName": name,
        "deploymentId": deployment.id,
        "updatedAt": deployment.updated.strftime("%Y-%m-%dT%H:%M:%S.000Z"),
        "reason": deployment.reason,
    }
    publish(
        live.account,
        live.region,
        source="aws.ecs",
        detail_type="ECS Deployment State Change",
        detail=detail,
        resources=[live.service.arn],
    )
