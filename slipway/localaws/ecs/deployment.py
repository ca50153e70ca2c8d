"""One deployment of a service: a task definition and the tasks that run it."""

from __future__ import annotations

import math
import secrets
from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import Any

from slipway.localaws.ecs.definition import TaskPlan
from slipway.localaws.ecs.task import LiveTask
from slipway.localaws.ecs.watch import AlarmWatch

LEAST_FAILURES, MOST_FAILURES = 3, 200
"""Bounds of the circuit breaker's threshold (ECS developer guide, "How the Amazon ECS deployment circuit breaker detects failures")."""


def _now() -> datetime:
    return datetime.now(timezone.utc)


@dataclass(eq=False)
class Deployment:
    """`plan` is None when nothing runs: then its counts are taken for granted. `failed` counts tasks that never became healthy in a row."""

    definition: str
    plan: TaskPlan | None
    watch: AlarmWatch
    tasks: list[LiveTask] = field(default_factory=list)
    failed: int = 0
    rollout: str = "IN_PROGRESS"
    reason: str = ""
    id: str = field(default_factory=lambda: f"ecs-svc/{secrets.randbelow(10**19):019d}")
    created: datetime = field(default_factory=_now)
    updated: datetime = field(default_factory=_now)

    def become(self, rollout: str, reason: str) -> None:
        """Change the rollout state."""
        self.rollout, self.reason, self.updated = rollout, reason, _now()

    def healthy(self) -> int:
        """Tasks that answer."""
        return sum(task.healthy for task in self.tasks)

    def present(self) -> list[LiveTask]:
        """Tasks that are not on their way out."""
        return [task for task in self.tasks if not task.leaving]

    def broken(self, desired: int) -> bool:
        """Whether the circuit breaker opens: half of the desired tasks have failed, at least 3 and at most 200."""
        return self.failed >= min(MOST_FAILURES, max(LEAST_FAILURES, math.ceil(desired / 2)))

    def shown(self, primary: bool, desired: int, running: int, service: Any) -> dict[str, Any]:
        """As DescribeServices has it."""
        return {
            "id": self.id,
            "status": "PRIMARY" if primary else "ACTIVE",
            "taskDefinition": self.definition,
            "desiredCount": desired if primary else 0,
            "runningCount": running,
            "pendingCount": max(0, desired - running) if primary else 0,
            "failedTasks": self.failed,
            "createdAt": self.created,
            "updatedAt": self.updated,
            "launchType": service.launch_type,
            "platformVersion": service.platform_version,
            "platformFamily": "Linux",
            "networkConfiguration": service.network_configuration or None,
            "rolloutState": self.rollout,
            "rolloutStateReason": self.reason or f"ECS deployment {self.id} in progress.",
        }
