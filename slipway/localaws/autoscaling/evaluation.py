"""Application Auto Scaling at work: policies and scheduled actions change the capacity of endpoint variants and services.

Target tracking is evaluated here directly; the two CloudWatch alarms that AWS makes for it are not created.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from moto.applicationautoscaling.models import applicationautoscaling_backends
from moto.cloudwatch.models import cloudwatch_backends

from slipway.localaws.autoscaling.activities import Activity, activities
from slipway.localaws.autoscaling.policies import cooldown, period, scales_in, stepped, tracked
from slipway.localaws.autoscaling.schedule import ScheduleError, due
from slipway.localaws.autoscaling.targets import DIMENSIONS, Busy, Scaled, find
from slipway.localaws.clock import real_seconds
from slipway.localaws.lock import LOCK

LOG = logging.getLogger("slipway.localaws")


@dataclass(frozen=True)
class Wish:
    """A capacity that something wants, and why."""

    capacity: int
    cause: str
    policy: Any = None


def job() -> bool:
    """Evaluate every scalable target of SageMaker and ECS. True while there are any with something to evaluate."""
    with LOCK:
        found = [
            (backend, target)
            for regions in list(applicationautoscaling_backends.values())
            for backend in list(regions.values())
            for targets in backend.targets.values()
            for target in targets.values()
            if target.scalable_dimension in DIMENSIONS
        ]
    for backend, target in found:
        try:
            _evaluate(backend, target)
        except Exception:  # one target must not hold up the others
            LOG.exception("scaling of %s failed", target.resource_id)
    return bool(found)


def _evaluate(backend: Any, target: Any) -> None:
    scaled = find(backend.account_id, backend.region_name, target.resource_id, target.scalable_dimension)
    current = scaled.desired() if scaled else None
    if scaled is None or current is None:
        return
    activities(backend)
    suspended = target.suspended_state or {}
    wish = _scheduled(backend, target, current, suspended=bool(suspended.get("ScheduledScalingSuspended")))
    if wish is None:
        wish = _wanted(backend, target, current)
        if wish is None or wish.capacity == current:
            return
        out = wish.capacity > current
        if suspended.get("DynamicScalingOutSuspended" if out else "DynamicScalingInSuspended") or _cooling(wish.policy, out):
            return
    _apply(backend, target, scaled, current, wish)


def _scheduled(backend: Any, target: Any, current: int, *, suspended: bool) -> Wish | None:
    """Run the scheduled actions that are due: they change the target's limits. The wish is the capacity within them, if it must
    change. It stays until the endpoint takes it; what is due while scheduled scaling is suspended is never done.
    """
    for action in _due_actions(backend, target):
        if suspended:
            continue
        limits = action.scalable_target_action or {}
        target.min_capacity = limits.get("MinCapacity", target.min_capacity)
        target.max_capacity = limits.get("MaxCapacity", target.max_capacity)
        target.__dict__["slipway_pending"] = f"scheduled action name {action.scheduled_action_name} was triggered"
    cause = target.__dict__.get("slipway_pending")
    wanted = min(max(current, target.min_capacity), target.max_capacity)
    if cause and wanted != current:
        return Wish(wanted, cause)
    target.__dict__.pop("slipway_pending", None)
    return None


def _due_actions(backend: Any, target: Any) -> Iterator[Any]:
    now = time.time()
    with LOCK:
        actions = [action for action in backend.scheduled_actions if _same(action, target)]
    for action in actions:
        since = float(action.creation_time)
        after = float(action.__dict__.setdefault("slipway_checked", since))
        action.__dict__["slipway_checked"] = now
        starts, ends = float(action.start_time or 0), float(action.end_time or now + 1)
        try:
            if starts <= now <= ends and due(action.schedule, action.timezone, since, after, now):
                yield action
        except ScheduleError:
            continue


def _wanted(backend: Any, target: Any, current: int) -> Wish | None:
    """What the policies want together, within the target's limits. Only those that are due are asked.

    The largest capacity wins. Target tracking scales in only when each of its policies that may scale in wants that, as of its own last
    evaluation (user guide, "Target tracking scaling policies").
    """
    wishes = []
    with LOCK:
        policies = [policy for policy in backend.policies.values() if _same(policy, target)]
    for policy in policies:
        step = real_seconds(period(policy))
        grid = time.time() // step
        if policy.__dict__.get("slipway_evaluated") == grid:
            continue
        policy.__dict__["slipway_evaluated"] = grid
        found = _of_policy(backend, policy, current)
        policy.__dict__["slipway_inward"] = any(wish.capacity < current for wish in found)
        wishes += found
    all_inward = all(policy.__dict__.get("slipway_inward") for policy in policies if scales_in(policy))
    changes = [
        wish for wish in wishes if wish.capacity > current or (wish.capacity < current and (all_inward or not scales_in(wish.policy)))
    ]
    largest = max(changes or [wish for wish in wishes if wish.capacity == current], key=lambda wish: wish.capacity, default=None)
    if largest is None:
        return None
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


def _apply(backend: Any, target: Any, scaled: Scaled, current: int, wish: Wish) -> None:
    activity = Activity(target.resource_id, target.scalable_dimension, wish.capacity, wish.cause)
    try:
        scaled.scale(wish.capacity)
    except Busy:
        return
    target.__dict__.pop("slipway_pending", None)
    if wish.policy is not None:
        wish.policy.__dict__["slipway_changed"] = (time.monotonic(), wish.capacity > current)
    activities(backend).appendleft(activity)


def _same(item: Any, target: Any) -> bool:
    return bool((item.resource_id, item.scalable_dimension) == (target.resource_id, target.scalable_dimension))
