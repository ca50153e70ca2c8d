"""What Application Auto Scaling has for an endpoint or a service: taken down, removed, put back.

Removing a scalable target removes its policies and scheduled actions. A policy that comes back has another ARN, so alarms of step
policies are pointed at the new one.
"""

from __future__ import annotations

from typing import Any

_TARGET = ("ServiceNamespace", "ResourceId", "ScalableDimension")
_BOUNDS = ("MinCapacity", "MaxCapacity", "SuspendedState")
_POLICY = ("PolicyName", "PolicyType", "StepScalingPolicyConfiguration", "TargetTrackingScalingPolicyConfiguration")
_ACTION = ("ScheduledActionName", "Schedule", "Timezone", "StartTime", "EndTime", "ScalableTargetAction")
_ALARM_READ_ONLY = (
    *("AlarmArn", "AlarmConfigurationUpdatedTimestamp", "StateValue", "StateReason", "StateReasonData"),
    *("StateUpdatedTimestamp", "StateTransitionedTimestamp", "EvaluationState"),
)


def take(client: Any, namespace: str, resource_ids: list[str]) -> list[dict[str, Any]]:
    """Targets of these resources with their policies and scheduled actions, as plain JSON."""
    if not resource_ids:
        return []
    found = client.describe_scalable_targets(ServiceNamespace=namespace, ResourceIds=resource_ids)["ScalableTargets"]
    return [_taken(client, namespace, target) for target in found]


def _taken(client: Any, namespace: str, target: dict[str, Any]) -> dict[str, Any]:
    named = {"ServiceNamespace": namespace, "ResourceId": target["ResourceId"]}
    dimension = target["ScalableDimension"]
    policies = client.describe_scaling_policies(**named)["ScalingPolicies"]
    actions = client.describe_scheduled_actions(**named)["ScheduledActions"]
    return {
        "target": {**_some(target, _TARGET), **_some(target, _BOUNDS)},
        "tags": client.list_tags_for_resource(ResourceARN=target["ScalableTargetARN"])["Tags"] if "ScalableTargetARN" in target else {},
        "policies": [{**_some(one, _POLICY), "PolicyARN": one["PolicyARN"]} for one in policies if one["ScalableDimension"] == dimension],
        "actions": [_written(_some(one, _ACTION)) for one in actions if one["ScalableDimension"] == dimension],
    }


def remove(client: Any, taken: list[dict[str, Any]]) -> None:
    """Deregister the targets; one that is gone is fine."""
    for one in taken:
        try:
            client.deregister_scalable_target(**_some(one["target"], _TARGET))
        except client.exceptions.ObjectNotFoundException:
            continue


def restore(client: Any, cloudwatch: Any, taken: list[dict[str, Any]]) -> None:
    """Put everything back. Doing it twice changes nothing, and what a deploy has made meanwhile stays as the deploy made it."""
    for one in taken:
        named = _some(one["target"], _TARGET)
        there = {"policies": set[str](), "actions": set[str]()}
        if before := take(client, named["ServiceNamespace"], [named["ResourceId"]]):
            there["policies"] = {policy["PolicyName"] for each in before for policy in each["policies"]}
            there["actions"] = {action["ScheduledActionName"] for each in before for action in each["actions"]}
        else:
            client.register_scalable_target(**one["target"], **({"Tags": one["tags"]} if one["tags"] else {}))
        for policy in one["policies"]:
            if policy["PolicyName"] not in there["policies"]:
                _put_policy(client, cloudwatch, named, policy)
        for action in one["actions"]:
            if action["ScheduledActionName"] not in there["actions"]:
                client.put_scheduled_action(**named, **action)


def _put_policy(client: Any, cloudwatch: Any, named: dict[str, Any], policy: dict[str, Any]) -> None:
    arn = client.put_scaling_policy(**named, **_some(policy, _POLICY))["PolicyARN"]
    if policy["PolicyType"] == "StepScaling" and arn != policy["PolicyARN"]:
        _point_alarms(cloudwatch, policy["PolicyARN"], arn)


def _point_alarms(cloudwatch: Any, old: str, new: str) -> None:
    """Let alarms that called the old policy call the new one."""
    for page in cloudwatch.get_paginator("describe_alarms").paginate(ActionPrefix=old):
        for alarm in page["MetricAlarms"]:
            changed = {name: value for name, value in alarm.items() if name not in _ALARM_READ_ONLY}
            changed["AlarmActions"] = [new if action == old else action for action in alarm["AlarmActions"]]
            cloudwatch.put_metric_alarm(**changed)


def _some(given: dict[str, Any], names: tuple[str, ...]) -> dict[str, Any]:
    return {name: given[name] for name in names if name in given}


def _written(action: dict[str, Any]) -> dict[str, Any]:
    """Dates as text, which boto3 takes too."""
    return {name: value.isoformat() if hasattr(value, "isoformat") else value for name, value in action.items()}
