"""Application Auto Scaling at work: policies and scheduled actions change the capacity of endpoint variants.

Target tracking is evaluated here directly; the two CloudWatch alarms that AWS makes for it are not created.
"""

from __future__ import annotations

import time
import uuid
from collections import deque
from dataclasses import dataclass
from typing import Any

from moto.applicationautoscaling.models import applicationautoscaling_backends
from moto.cloudwatch.models import cloudwatch_backends

from slipway.localaws import inside
from slipway.localaws.autoscaling_policies import cooldown, period, stepped, tracked
from slipway.localaws.autoscaling_schedule import ScheduleError, due
from slipway.localaws.clock import real_seconds
from slipway.localaws.hosting.live import LiveEndpoint, Unavailable, live
from slipway.localaws.lock import LOCK

ACTIVITIES = 500
"""Activities that an account and region remembers."""
_INSTANCES, _CONCURRENCY = "sagemaker:variant:DesiredInstanceCount", "sagemaker:variant:DesiredProvisionedConcurrency"


@dataclass(frozen=True)
class Wish:
    """A capacity that something wants, and why."""

    capacity: int
    cause: str
    policy: Any = None


def job() -> bool:
    """Evaluate every scalable target of SageMaker. True while there are any with something to evaluate."""
    with LOCK:
        found = [
            (backend, target)
            for regions in list(applicationautoscaling_backends.values())
            for backend in list(regions.values())
            for targets in backend.targets.values()
            for target in targets.values()
            if target.scalable_dimension in (_INSTANCES, _CONCURRENCY)
        ]
    for backend, target in found:
        _evaluate(backend, target)
    return bool(found)


def _evaluate(backend: Any, target: Any) -> None:
    _, name, _, variant = target.resource_id.split("/")
    endpoint = live(backend.account_id, backend.region_name, name)
    current = _current(endpoint, target, variant) if endpoint else None
    if endpoint is None or current is None:
        return
    suspended = target.suspended_state or {}
    if not suspended.get("ScheduledScalingSuspended") and (wish := _scheduled(backend, target, current)):
        _apply(backend, target, endpoint, variant, current, wish)
        return
    wish = _wanted(backend, target, current)
    if wish is None or wish.capacity == current:
        return
    out = wish.capacity > current
    if suspended.get("DynamicScalingOutSuspended" if out else "DynamicScalingInSuspended") or _cooling(wish.policy, out):
        return
    _apply(backend, target, endpoint, variant, current, wish)


def _current(endpoint: LiveEndpoint, target: Any, variant: str) -> int | None:
    if target.scalable_dimension == _INSTANCES:
        return next((state.desired for state in endpoint.variants() if state.name == variant), None)
    spec = next((state.spec for state in endpoint.variants() if state.name == variant), {})
    given: int | None = spec.get("ServerlessConfig", {}).get("ProvisionedConcurrency")
    return None if given is None else int(target.__dict__.get("slipway_capacity", given))


def _scheduled(backend: Any, target: Any, current: int) -> Wish | None:
    """Run the scheduled actions that are due: they change the target's limits. The wish is the capacity within them, if it must change."""
    now, cause = time.time(), ""
    with LOCK:
        actions = [action for action in backend.scheduled_actions if _same(action, target)]
    for action in actions:
        since = float(action.creation_time)
        after = float(action.__dict__.setdefault("slipway_checked", since))
        action.__dict__["slipway_checked"] = now
        starts, ends = float(action.start_time or 0), float(action.end_time or now + 1)
        try:
            if not (starts <= now <= ends and due(action.schedule, action.timezone, since, after, now)):
                continue
        except ScheduleError:
            continue
        limits = action.scalable_target_action or {}
        target.min_capacity = limits.get("MinCapacity", target.min_capacity)
        target.max_capacity = limits.get("MaxCapacity", target.max_capacity)
        cause = f"scheduled action name {action.scheduled_action_name} was triggered"
    wanted = min(max(current, target.min_capacity), target.max_capacity)
    return Wish(wanted, cause) if cause and wanted != current else None


def _wanted(backend: Any, target: Any, current: int) -> Wish | None:
    """What the policies want together: the largest, within the target's limits. Only those that are due are asked."""
    wishes = []
    with LOCK:
        policies = [policy for policy in backend.policies.values() if _same(policy, target)]
    for policy in policies:
        step = real_seconds(period(policy))
        grid = time.time() // step
        if policy.__dict__.get("slipway_evaluated") == grid:
            continue
        policy.__dict__["slipway_evaluated"] = grid
        wishes += _of_policy(backend, policy, current)
    if not wishes:
        return None
    largest = max(wishes, key=lambda wish: wish.capacity)
    return Wish(min(max(largest.capacity, target.min_capacity), target.max_capacity), largest.cause, largest.policy)


def _of_policy(backend: Any, policy: Any, current: int) -> list[Wish]:
    if policy.policy_type == "TargetTrackingScaling":
        wanted = tracked(backend.account_id, backend.region_name, policy, current)
        side = "AlarmHigh" if wanted is not None and wanted > current else "AlarmLow"
        cause = f"monitor alarm TargetTracking-{policy.resource_id}-{side} in state ALARM triggered policy {policy.policy_name}"
        return [] if wanted is None else [Wish(wanted, cause, policy)]
    with LOCK:
        alarms = [
            (alarm.name, alarm.__dict__.get("slipway_value"), alarm.threshold)
            for alarm in cloudwatch_backends[backend.account_id][backend.region_name].alarms.values()
            if alarm.state_value == "ALARM" and alarm.actions_enabled and policy.policy_arn in (alarm.alarm_actions or [])
        ]
    found = []
    for name, value, threshold in alarms:
        wanted = stepped(policy, value if value is not None else threshold, float(threshold or 0), current)
        if wanted is not None:
            found.append(Wish(wanted, f"monitor alarm {name} in state ALARM triggered policy {policy.policy_name}", policy))
    return found


def _cooling(policy: Any, out: bool) -> bool:
    """Whether the policy's last change is too recent. Scaling out is never held up by a scale-in before it."""
    last = policy.__dict__.get("slipway_changed")
    if last is None:
        return False
    moment, was_out = last
    if out and not was_out:
        return False
    return bool(time.monotonic() - moment < real_seconds(cooldown(policy, scaling_out=was_out)))


def _apply(backend: Any, target: Any, endpoint: LiveEndpoint, variant: str, current: int, wish: Wish) -> None:
    what = "desired instance count" if target.scalable_dimension == _INSTANCES else "desired provisioned concurrency"
    started = time.time()
    try:
        if target.scalable_dimension == _INSTANCES:
            endpoint.set_desired(variant, wish.capacity)
        else:
            change = {"VariantName": variant, "ServerlessUpdateConfig": _serverless(endpoint, variant, wish.capacity)}
            request = {"EndpointName": endpoint.name, "DesiredWeightsAndCapacities": [change]}
            inside.sagemaker(endpoint.account, endpoint.region, "UpdateEndpointWeightsAndCapacities", request)
            target.__dict__["slipway_capacity"] = wish.capacity
    except (Unavailable, KeyError, inside.Refused):
        return  # The endpoint is being changed: the next evaluation tries again, as AWS does.
    if wish.policy is not None:
        wish.policy.__dict__["slipway_changed"] = (time.monotonic(), wish.capacity > current)
    activities(backend).appendleft(
        {
            "ActivityId": str(uuid.uuid4()),
            "ServiceNamespace": target.service_namespace,
            "ResourceId": target.resource_id,
            "ScalableDimension": target.scalable_dimension,
            "Description": f"Setting {what} to {wish.capacity}.",
            "Cause": wish.cause,
            "StartTime": started,
            "EndTime": time.time(),
            "StatusCode": "Successful",
            "StatusMessage": f"Successfully set {what} to {wish.capacity}. Change successfully fulfilled by sagemaker.",
        }
    )


def activities(backend: Any) -> deque[dict[str, Any]]:
    """What scaling has done in this account and region, newest first."""
    found: deque[dict[str, Any]] = backend.__dict__.setdefault("slipway_activities", deque(maxlen=ACTIVITIES))
    return found


def _serverless(endpoint: LiveEndpoint, variant: str, capacity: int) -> dict[str, int]:
    spec = next(state.spec for state in endpoint.variants() if state.name == variant)
    return {"MaxConcurrency": spec["ServerlessConfig"]["MaxConcurrency"], "ProvisionedConcurrency": capacity}


def _same(item: Any, target: Any) -> bool:
    return bool((item.resource_id, item.scalable_dimension) == (target.resource_id, target.scalable_dimension))
