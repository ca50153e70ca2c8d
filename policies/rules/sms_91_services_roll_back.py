"""Deployments of ECS services that fail are undone."""

from __future__ import annotations

from policies.estate import Estate, Resource
from policies.rule import Rule, Verdict, verdict


def _check(service: Resource, _: Estate) -> Verdict:
    breaker = service.get("deployment_circuit_breaker") or {}
    breaker = breaker[0] if isinstance(breaker, list) else breaker
    missing = [name for name in ("enable", "rollback") if breaker.get(name) is not True]
    return verdict([f"deployment_circuit_breaker.{name} is not true" for name in missing])


RULE = Rule(
    id="CKV_SLIPWAY_91",
    title="Ensure an ECS service rolls a failed deployment back",
    why="Without it ECS starts tasks that cannot come up for ever, and the service stays between two releases.",
    fix="deployment_circuit_breaker { enable = true, rollback = true }",
    applies_to=("aws_ecs_service",),
    check=_check,
    alone=True,
)
