"""The range a variant scales in."""

from __future__ import annotations

from policies.endpoints import is_asynchronous
from policies.estate import Estate, Resource
from policies.rule import NOT_APPLICABLE, Rule, Verdict, unknown, verdict

_INSTANCES = "sagemaker:variant:DesiredInstanceCount"


def _check(target: Resource, estate: Estate) -> Verdict:
    if target.get("service_namespace") != "sagemaker":
        return NOT_APPLICABLE
    low, high = target.get("min_capacity"), target.get("max_capacity")
    if not isinstance(low, int) or not isinstance(high, int):
        return unknown(f"min_capacity is {low!r}, max_capacity is {high!r}")
    problems = [] if high > low else [f"max_capacity {high} is not above min_capacity {low}"]
    if low < 2 and target.get("scalable_dimension") == _INSTANCES and not is_asynchronous(target, estate):
        problems.append(f"min_capacity is {low}")
    return verdict(problems)


RULE = Rule(
    id="CKV_SLIPWAY_6",
    title="Ensure production variants scale between at least two instances and more",
    why="One instance is one zone. Asynchronous endpoints may go to zero, serverless ones have no instances.",
    fix="min_capacity: 2 or more, and max_capacity above it",
    applies_to=("aws_appautoscaling_target",),
    check=_check,
    production_only=True,
)
