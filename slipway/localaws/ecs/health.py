"""Whether a task answers: its process, and GET on its target group's health check path."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from moto.elbv2.models import elbv2_backends

from slipway.localaws.clock import real_seconds
from slipway.localaws.elb.target import Target
from slipway.localaws.lock import LOCK

if TYPE_CHECKING:
    from slipway.localaws.ecs.task import LiveTask

LEAST_GRACE_SECONDS = 30.0
"""Real seconds that a new container has in any case: a process does not start faster because the clock does."""
DRAIN_SECONDS = 300
"""AWS's default deregistration delay."""


def register(task: LiveTask, service: Any) -> Target | None:
    """Put a task that was started into its service's target group; None when the service has none."""
    with LOCK:
        found = groups(task.plan.account, task.plan.region, service)
        if not found:
            return None
        return Target.join(found[0], task.address, int(service.load_balancers[0]["containerPort"]), task.port)


def groups(account: str, region: str, service: Any) -> list[Any]:
    """The target groups that the service's tasks are in."""
    with LOCK:
        known = elbv2_backends[account][region].target_groups
        return [known[item["targetGroupArn"]] for item in service.load_balancers or [] if item.get("targetGroupArn") in known]


def check(task: LiveTask, service: Any) -> str:
    """What is wrong with a task; empty when nothing is, or when it still has time."""
    if not task.alive():
        return "Essential container in task exited"
    target = task.target
    if target is None:
        return ""
    target.check()
    grace = max(LEAST_GRACE_SECONDS, real_seconds(getattr(service, "health_check_grace_period_seconds", None) or 0))
    if target.state == "unhealthy" and (target.ever_healthy or time.monotonic() - task.started > grace):
        return f"Task failed ELB health checks in (target-group {target.group_arn})"
    return ""


def drain_seconds(task: LiveTask) -> float:
    """AWS's seconds that requests under way have when the task leaves."""
    return DRAIN_SECONDS if task.target is None else task.target.drain_seconds
