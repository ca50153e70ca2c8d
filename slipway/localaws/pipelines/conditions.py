"""Conditions of a Condition step; the list of them holds when each does.

https://docs.aws.amazon.com/sagemaker/latest/dg/build-and-manage-steps-types.html (Condition step)
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

from slipway.localaws.pipelines.errors import StepFailed
from slipway.localaws.pipelines.values import Scope, resolve

_ORDER: dict[str, Callable[[Any, Any], bool]] = {
    "GreaterThan": operator.gt,
    "GreaterThanOrEqualTo": operator.ge,
    "LessThan": operator.lt,
    "LessThanOrEqualTo": operator.le,
}


def holds(condition: dict[str, Any], scope: Scope) -> bool:
    """Whether one condition holds. Raises StepFailed for values that cannot be compared."""
    kind = condition.get("Type", "")
    if kind in _ORDER or kind == "Equals":
        left, right = resolve(condition["LeftValue"], scope), resolve(condition["RightValue"], scope)
        return bool(left == right) if kind == "Equals" else _ORDER[kind](_number(left, condition), _number(right, condition))
    if kind == "In":
        return resolve(condition["QueryValue"], scope) in resolve(condition["Values"], scope)
    if kind == "Not":
        return not holds(condition["Expression"], scope)
    if kind == "Or":
        return any(holds(item, scope) for item in condition["Conditions"])
    if kind == "And":
        return all(holds(item, scope) for item in condition["Conditions"])
    raise StepFailed(f"ClientError: there is no condition of type {kind}")


def _number(value: Any, condition: dict[str, Any]) -> float:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return float(value)
    raise StepFailed(f"ClientError: {condition['Type']} compares numbers, and {value!r} is none")
