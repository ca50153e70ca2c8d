"""Application Auto Scaling: tags, every dimension AWS knows, and a deregistered target that takes its policies along."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

from moto.applicationautoscaling import models
from moto.applicationautoscaling.models import ApplicationAutoscalingBackend
from moto.applicationautoscaling.responses import ApplicationAutoScalingResponse
from moto.core.exceptions import JsonRESTError

from slipway.localaws.model import enum_values
from slipway.localaws.patches import adds, wraps

SERVICE_LINKED_ROLES = {"sagemaker": "SageMakerEndpoint", "ecs": "ECSService"}
"""Ends of the service-linked roles' names: AWS always uses them for these services."""
_DIMENSIONS = "moto's list lacks sagemaker:variant:DesiredProvisionedConcurrency and later ones"


@wraps(ApplicationAutoScalingResponse, "_validate_params", _DIMENSIONS)
def validate_params(_original: Any, self: Any) -> None:
    """Check namespace and dimension against the SDK's own list."""
    for member, value in (("scalableDimension", "ScalableDimension"), ("serviceNamespace", "ServiceNamespace")):
        given, allowed = self._get_param(value), _allowed(value)
        if given is not None and given not in allowed:
            raise models.AWSValidationException(
                f"1 validation error detected: Value '{given}' at '{member}' failed to satisfy constraint: "
                f"Member must satisfy enum value set: {list(allowed)}"
            )


@wraps(models, "_target_params_are_valid", _DIMENSIONS)
def target_params_are_valid(original: Any, namespace: str, r_id: str, dimension: str) -> bool:
    """SageMaker's resource ids say by their shape what they are; moto checks all other services."""
    if namespace != "sagemaker":
        return bool(original(namespace, r_id, dimension))
    parts = r_id.split("/")
    variant = len(parts) == 4 and parts[0] == "endpoint" and parts[2] == "variant" and dimension.startswith("sagemaker:variant:")
    component = len(parts) == 2 and parts[0] == "inference-component" and dimension.startswith("sagemaker:inference-component:")
    if not (variant or component):
        raise models.AWSValidationException("Unsupported service namespace, resource type or scalable dimension")
    return True


@wraps(ApplicationAutoScalingResponse, "register_scalable_target", "moto drops Tags, and leaves out the required RoleARN")
def register_scalable_target(original: Any, self: Any) -> str:
    """Keep the tags with the target, and name the service-linked role."""
    answer: str = original(self)
    target = _target(self, json.loads(answer)["ScalableTargetARN"])
    _tags(target).update(self._get_param("Tags") or {})
    service = target.service_namespace
    if service in SERVICE_LINKED_ROLES:
        name = f"AWSServiceRoleForApplicationAutoScaling_{SERVICE_LINKED_ROLES[service]}"
        path = f"aws-service-role/{service}.application-autoscaling.amazonaws.com"
        target.role_arn = f"arn:{self.partition}:iam::{self.current_account}:role/{path}/{name}"
    return answer


@wraps(ApplicationAutoscalingBackend, "deregister_scalable_target", "moto keeps the policies and actions, AWS does not")
def deregister_scalable_target(original: Any, self: Any, namespace: str, r_id: str, dimension: str) -> None:
    """Delete what hangs on the target, after the target itself."""
    if r_id not in self.targets.get(dimension, {}):
        raise JsonRESTError("ObjectNotFoundException", f"No scalable target found for {namespace}, {r_id}, {dimension}")
    original(self, namespace, r_id, dimension)

    def belongs(item: Any) -> bool:
        return bool((item.service_namespace, item.resource_id, item.scalable_dimension) == (namespace, r_id, dimension))

    self.policies = {key: policy for key, policy in self.policies.items() if not belongs(policy)}
    self.scheduled_actions = [action for action in self.scheduled_actions if not belongs(action)]


@adds(ApplicationAutoScalingResponse, "moto has no tags here; without ListTagsForResource the provider cannot read a target")
def list_tags_for_resource(self: Any) -> str:
    """The tags of a scalable target."""
    return json.dumps({"Tags": _tags(_target(self, self._get_param("ResourceARN")))})


@adds(ApplicationAutoScalingResponse, "moto has no tags for scalable targets")
def tag_resource(self: Any) -> str:
    """Add or replace tags of a scalable target."""
    _tags(_target(self, self._get_param("ResourceARN"))).update(self._get_param("Tags"))
    return "{}"


@adds(ApplicationAutoScalingResponse, "moto has no tags for scalable targets")
def untag_resource(self: Any) -> str:
    """Remove tags of a scalable target."""
    tags = _tags(_target(self, self._get_param("ResourceARN")))
    for key in self._get_param("TagKeys"):
        tags.pop(key, None)
    return "{}"


@adds(ApplicationAutoScalingResponse, "moto has no DescribeScalingActivities")
def describe_scaling_activities(self: Any) -> str:
    """What scaling has done, newest first."""
    from slipway.localaws.autoscaling.activities import activities

    wanted = {"ServiceNamespace": self._get_param("ServiceNamespace")}
    wanted |= {name: value for name in ("ResourceId", "ScalableDimension") if (value := self._get_param(name))}
    shown = [activity.shown() for activity in activities(self.applicationautoscaling_backend)]
    found = [item for item in shown if wanted.items() <= item.items()]
    return json.dumps({"ScalingActivities": found[: self._get_int_param("MaxResults") or 50]})


@wraps(ApplicationAutoscalingBackend, "put_scaling_policy", "moto takes any metric, needs no target, and renames a policy that is changed")
def put_scaling_policy(original: Any, self: Any, **members: Any) -> Any:
    """Refuse what cannot be evaluated. A policy that is changed keeps its ARN, which alarms refer to, and its cooldown."""
    from slipway.localaws.autoscaling.policies import check
    from slipway.localaws.autoscaling.targets import DIMENSIONS
    from slipway.localaws.cloudwatch.expressions import MathError

    if members["scalable_dimension"] in DIMENSIONS:
        if not any(members["resource_id"] in by_id for by_id in self.targets.values()):
            raise JsonRESTError("ObjectNotFoundException", f"No scalable target registered for resource ID: {members['resource_id']}")
        try:
            if members["policy_type"] == "TargetTrackingScaling" and members["policy_body"]:
                check(members["policy_body"], members["resource_id"])
        except MathError as reason:
            raise models.AWSValidationException(f"Invalid target tracking configuration: {reason}") from None
    key = models.FakeApplicationAutoscalingPolicy.formulate_key(
        members["service_namespace"], members["resource_id"], members["scalable_dimension"], members["policy_name"]
    )
    before = self.policies.get(key)
    policy = original(self, **members)
    for member in ("policy_arn", "creation_time", "slipway_changed"):
        if before is not None and member in before.__dict__:
            setattr(policy, member, before.__dict__[member])
    return policy


@wraps(ApplicationAutoScalingResponse, "put_scheduled_action", "moto takes any schedule")
def put_scheduled_action(original: Any, self: Any) -> str:
    """Refuse a schedule or a time zone that cannot be read."""
    from slipway.localaws.autoscaling.schedule import ScheduleError, check

    request = json.loads(self.body)
    try:
        if schedule := request.get("Schedule"):
            check(schedule, request.get("Timezone"))
    except ScheduleError as reason:
        raise models.AWSValidationException(str(reason)) from None
    answer: str = original(self)
    return answer


@cache
def _allowed(shape: str) -> tuple[str, ...]:
    return enum_values("application-autoscaling", shape)


def _target(response: Any, arn: str) -> Any:
    targets = response.applicationautoscaling_backend.targets
    found = [target for by_id in targets.values() for target in by_id.values() if target.arn == arn]
    if not found:
        raise JsonRESTError("ResourceNotFoundException", f"No scalable target found for ResourceARN: {arn}")
    return found[0]


def _tags(target: Any) -> dict[str, str]:
    tags: dict[str, str] = target.__dict__.setdefault("tags", {})
    return tags
