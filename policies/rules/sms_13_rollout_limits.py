"""The numbers of a rollout."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

from policies.estate import Estate, Resource, blocks, is_reference
from policies.rule import NOT_APPLICABLE, Rule, Verdict, unknown, verdict

_SIZES = {"CANARY": ("canary_size", 1, 50), "LINEAR": ("linear_step_size", 10, 50)}


def _check(endpoint: Resource, _: Estate) -> Verdict:
    configs = endpoint.blocks("deployment_config")
    if not configs:
        return NOT_APPLICABLE
    if is_reference(str(configs[0])) and any(is_reference(value) for value in _leaves(configs[0])):
        return unknown("deployment_config holds numbers that are known only to Terraform")
    blue_green, rolling = blocks(configs[0], "blue_green_update_policy"), blocks(configs[0], "rolling_update_policy")
    if len(blue_green) + len(rolling) != 1:
        return verdict(["exactly one of blue_green_update_policy and rolling_update_policy is needed"])
    return verdict(_blue_green(blue_green[0]) if blue_green else _rolling(rolling[0]))


def _leaves(value: Any) -> Iterator[Any]:
    """Every leaf but the alarms, whose names may well be references."""
    if isinstance(value, Mapping):
        for key, item in value.items():
            if key != "auto_rollback_configuration":
                yield from _leaves(item)
    elif isinstance(value, list):
        for item in value:
            yield from _leaves(item)
    else:
        yield value


def _blue_green(policy: Mapping[str, Any]) -> Iterator[str]:
    routing = (blocks(policy, "traffic_routing_configuration") or [{}])[0]
    kind = str(routing.get("type"))
    if kind not in ("ALL_AT_ONCE", *_SIZES):
        yield f"traffic_routing_configuration.type is {kind}"
        return
    wait, steps = routing.get("wait_interval_in_seconds", 0), 0
    yield from _range("wait_interval_in_seconds", wait, 0, 3600)
    yield from _range("termination_wait_in_seconds", policy.get("termination_wait_in_seconds", 0), 0, 3600)
    if kind in _SIZES:
        name, low, high = _SIZES[kind]
        size = (blocks(routing, name) or [{}])[0]
        yield from _size(name, size, low, high)
        steps = 1 if kind == "CANARY" else _steps(size)
    waits = _number(wait) * steps + _number(policy.get("termination_wait_in_seconds", 0))
    yield from _timeout(policy, waits)


def _rolling(policy: Mapping[str, Any]) -> Iterator[str]:
    batch = (blocks(policy, "maximum_batch_size") or [{}])[0]
    yield from _size("maximum_batch_size", batch, 5, 50)
    for back in blocks(policy, "rollback_maximum_batch_size"):
        yield from _size("rollback_maximum_batch_size", back, 5, 100)
    wait = policy.get("wait_interval_in_seconds", 0)
    yield from _range("wait_interval_in_seconds", wait, 0, 3600)
    yield from _timeout(policy, _number(wait) * _steps(batch))


def _size(name: str, size: Mapping[str, Any], low: int, high: int) -> Iterator[str]:
    if size.get("type") == "CAPACITY_PERCENT":
        yield from _range(f"{name} in percent", size.get("value"), low, high)
    elif size.get("type") != "INSTANCE_COUNT" or _number(size.get("value")) < 1:
        yield f"{name} is {dict(size)}"


def _steps(size: Mapping[str, Any]) -> int:
    """Shifts until all traffic has moved; at least two when counted in instances, whose fleet size is not known here."""
    value = _number(size.get("value"))
    return math.ceil(100 / value) if size.get("type") == "CAPACITY_PERCENT" and value else 2


def _timeout(policy: Mapping[str, Any], waits: int) -> Iterator[str]:
    timeout = policy.get("maximum_execution_timeout_in_seconds")
    if timeout is not None:
        yield from _range("maximum_execution_timeout_in_seconds", timeout, 600, 28800)
        if _number(timeout) <= waits:
            yield f"maximum_execution_timeout_in_seconds {timeout} is not above all waits together ({waits} s)"


def _range(name: str, value: Any, low: int, high: int) -> Iterator[str]:
    if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
        yield f"{name} is {value}, not {low} to {high}"


def _number(value: Any) -> int:
    return value if isinstance(value, int) else 0


RULE = Rule(
    id="CKV_SLIPWAY_13",
    title="Ensure a rollout keeps SageMaker's limits",
    why="UpdateEndpoint rejects a wrong size or wait only at apply time, when the new configuration already exists.",
    fix="one update policy; canary at most 50 %, linear 10-50 %, batch 5-50 %; waits 0-3600 s; timeout 600-28800 s and above all waits",
    applies_to=("aws_sagemaker_endpoint",),
    check=_check,
    alone=True,
)
