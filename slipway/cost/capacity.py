"""How far autoscaling may go: scalable targets, and the scheduled actions that move their limits."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from slipway.cost.resources import Resource

_TARGET, _ACTION = "aws_appautoscaling_target", "aws_appautoscaling_scheduled_action"


@dataclass(frozen=True)
class Capacity:
    """Instances, tasks or concurrent requests, at least and at most."""

    minimum: int
    maximum: int


def scaled(resources: Iterable[Resource]) -> dict[str, Capacity]:
    """Limits by the scaled resource's id, such as `endpoint/NAME/variant/NAME`; schedules can only widen them here."""
    found: dict[str, Capacity] = {}
    there = list(resources)
    for resource in there:
        if resource.type == _TARGET:
            found[str(resource.values["resource_id"])] = Capacity(
                int(resource.values["min_capacity"]), int(resource.values["max_capacity"])
            )
    for resource in there:
        name = str(resource.values.get("resource_id"))
        if resource.type == _ACTION and name in found:
            action, now = _block(resource.values.get("scalable_target_action")), found[name]
            low, high = action.get("min_capacity"), action.get("max_capacity")
            found[name] = Capacity(
                min(now.minimum, int(low)) if low not in (None, "") else now.minimum,
                max(now.maximum, int(high)) if high not in (None, "") else now.maximum,
            )
    return found


def capacity_of(limits: Mapping[str, Capacity], name: str, low: int, high: int) -> tuple[int, int]:
    """The limits of a resource; without autoscaling those that are given."""
    limit = limits.get(name)
    return (limit.minimum, limit.maximum) if limit else (low, high)


def _block(value: Any) -> Mapping[str, Any]:
    found = value[0] if isinstance(value, list) and value else value
    return found if isinstance(found, Mapping) else {}
