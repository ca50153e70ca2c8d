"""The `deployment_config` block of an endpoint, as plain Terraform attributes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from modules.endpoint.rollout import AllAtOnce, CapacitySize, Rolling
from modules.endpoint.spec import EndpointSpec

_TYPES = {"all_at_once": "ALL_AT_ONCE", "canary": "CANARY", "linear": "LINEAR"}


def deployment_config(spec: EndpointSpec, alarm_names: Sequence[str], largest_variant: int) -> dict[str, Any]:
    """Update policy and roll-back alarms. `largest_variant`: instances of the biggest variant, for the computed timeout."""
    rollout = spec.rollout
    alarms = {"alarms": [{"alarm_name": name} for name in alarm_names]}
    timeout = rollout.timeout(largest_variant)
    if isinstance(rollout, Rolling):
        return {"auto_rollback_configuration": alarms, "rolling_update_policy": _rolling(rollout, timeout)}
    routing: dict[str, Any] = {"type": _TYPES[rollout.kind], "wait_interval_in_seconds": 0}
    if not isinstance(rollout, AllAtOnce):
        name, size = rollout.size()
        routing |= {"wait_interval_in_seconds": rollout.wait_interval_in_seconds, name: _size(size)}
    policy = {
        "traffic_routing_configuration": routing,
        "termination_wait_in_seconds": rollout.termination_wait_in_seconds,
        "maximum_execution_timeout_in_seconds": timeout,
    }
    return {"auto_rollback_configuration": alarms, "blue_green_update_policy": policy}


def _rolling(rollout: Rolling, timeout: int) -> dict[str, Any]:
    policy: dict[str, Any] = {
        "maximum_batch_size": _size(rollout.maximum_batch_size),
        "wait_interval_in_seconds": rollout.wait_interval_in_seconds,
        "maximum_execution_timeout_in_seconds": timeout,
    }
    if rollout.rollback_maximum_batch_size:
        policy["rollback_maximum_batch_size"] = _size(rollout.rollback_maximum_batch_size)
    return policy


def _size(size: CapacitySize) -> dict[str, Any]:
    return {"type": size.kind, "value": size.value}
