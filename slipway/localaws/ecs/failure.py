"""Why a deployment is given up: its tasks do not come up (circuit breaker), or an alarm goes off."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from slipway.localaws.ecs.deployment import Deployment


@dataclass(frozen=True)
class Failure:
    """`method` that found it, `text` what it found, `rollback`: whether the last completed deployment comes back."""

    method: str
    text: str
    rollback: bool


def find(service: Any, deployment: Deployment, desired: int) -> Failure | None:
    """What is wrong with a deployment that is under way; None when nothing is. Either method can end it."""
    configured = getattr(service, "deployment_configuration", None) or {}
    breaker, alarms = configured.get("deploymentCircuitBreaker") or {}, configured.get("alarms") or {}
    if breaker.get("enable") and deployment.broken(desired):
        return Failure("ECS deployment circuit breaker", "tasks failed to start.", bool(breaker.get("rollback")))
    if raised := deployment.watch.raised():
        return Failure("ECS deployment alarms", f"alarm detected: {', '.join(raised)}.", bool(alarms.get("rollback")))
    return None
