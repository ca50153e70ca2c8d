"""Automatic scaling of one endpoint variant."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from constructs import Construct

from modules._shared.blocks import typed
from modules._shared.naming import Naming, shorten
from modules._shared.outputs import output
from modules._shared.provider import aws, cdktf
from modules._shared.scheduled_action import create_scheduled_action
from modules._shared.scheduled_scaling import ScheduledPolicy, scheduled_bounds
from modules.autoscaling.blocks import WAKE, step_alarm, step_scaling, target_tracking
from modules.autoscaling.fit import check_fit
from modules.autoscaling.policies import StepPolicy, TargetTrackingPolicy
from modules.autoscaling.spec import AutoscalingSpec

_ALARM_NAME_LIMIT = 255


@dataclass(frozen=True)
class AutoscalingRefs:
    """What other modules provide.

    `endpoint_name`: the endpoint's name as its module gives it out (a token), so that scaling is set up after the endpoint and
    removed before it. `variant_name` and the rest describe the variant: see `check_fit`. `alarm_topic_arns`: SNS topics told by
    the alarms of step policies.
    """

    endpoint_name: str
    variant_name: str
    hosting_kind: str = "instances"
    instance_type: str | None = None
    provisioned_concurrency: int | None = None
    max_concurrency: int | None = None
    managed_instance_scaling: bool = False
    alarm_topic_arns: Sequence[str] = ()


@dataclass(frozen=True)
class AutoscalingOutputs:
    """What others need of the scaling."""

    resource_id: str = output("Application Auto Scaling's id of the variant: endpoint/<endpoint>/variant/<variant>.")
    policy_arns: list[str] = output("ARNs of the target tracking and step policies.")


class Autoscaling(Construct):
    """Scalable target, policies, alarms and scheduled actions of one variant.

    The target holds bounds, never a count: Terraform does not touch how many instances run now. Bounds that a scheduled action
    changes are left alone too once the target exists, so an apply at noon does not undo the morning's action.
    """

    def __init__(self, scope: Construct, id: str, *, naming: Naming, endpoint: str, spec: AutoscalingSpec, refs: AutoscalingRefs) -> None:
        super().__init__(scope, id)
        _refuse(endpoint, spec, refs)
        self._stem = naming.name(endpoint, refs.variant_name, max_length=180)
        self._spec = spec
        self._refs = refs
        self._target = self._create_target()
        self._target_attributes = _attributes_of(self._target, refs.hosting_kind)
        self._policies = self._create_policies()
        self._create_scheduled_actions()
        self.outputs = AutoscalingOutputs(self._target_attributes["resource_id"], [policy.arn for policy in self._policies])

    def _create_target(self) -> Any:
        spec, refs = self._spec, self._refs
        ignored = scheduled_bounds(spec.policies)
        return aws.appautoscaling_target.AppautoscalingTarget(
            self,
            "target",
            service_namespace="sagemaker",
            scalable_dimension=_dimension(refs.hosting_kind),
            resource_id=f"endpoint/{refs.endpoint_name}/variant/{refs.variant_name}",
            min_capacity=spec.min_capacity,
            max_capacity=spec.max_capacity,
            lifecycle=cdktf.TerraformResourceLifecycle(ignore_changes=ignored) if ignored else None,
            **typed(aws.appautoscaling_target, "AppautoscalingTarget", {"suspended_state": spec.suspended_state.model_dump()}),
        )

    def _create_policies(self) -> list[Any]:
        policies = [policy for policy in self._spec.policies if not isinstance(policy, ScheduledPolicy)]
        if self._spec.wake_from_zero:
            policies.append(WAKE)
        return [self._create_policy(policy) for policy in policies]

    def _create_policy(self, policy: TargetTrackingPolicy | StepPolicy) -> Any:
        endpoint, variant = self._refs.endpoint_name, self._refs.variant_name
        if isinstance(policy, TargetTrackingPolicy):
            blocks = {"target_tracking_scaling_policy_configuration": target_tracking(policy, endpoint, variant)}
        else:
            blocks = {"step_scaling_policy_configuration": step_scaling(policy)}
        resource = aws.appautoscaling_policy.AppautoscalingPolicy(
            self,
            f"policy_{policy.name}",
            name=policy.name,
            policy_type="TargetTrackingScaling" if isinstance(policy, TargetTrackingPolicy) else "StepScaling",
            **self._target_attributes,
            **typed(aws.appautoscaling_policy, "AppautoscalingPolicy", blocks),
        )
        if isinstance(policy, StepPolicy):
            self._create_alarm(policy, resource.arn)
        return resource

    def _create_alarm(self, policy: StepPolicy, policy_arn: str) -> None:
        refs = self._refs
        aws.cloudwatch_metric_alarm.CloudwatchMetricAlarm(
            self,
            f"alarm_{policy.name}",
            alarm_name=shorten(f"{self._stem}-{policy.name}", _ALARM_NAME_LIMIT),
            alarm_description=f"Starts the scaling policy {policy.name} of variant {refs.variant_name}.",
            alarm_actions=[policy_arn, *refs.alarm_topic_arns],
            **step_alarm(policy.alarm, refs.endpoint_name, refs.variant_name),
        )

    def _create_scheduled_actions(self) -> None:
        for policy in self._spec.policies:
            if isinstance(policy, ScheduledPolicy):
                create_scheduled_action(self, policy, self._target_attributes)


def _attributes_of(target: Any, hosting_kind: str) -> dict[str, Any]:
    """What policies and actions say of their target; the reference in `resource_id` puts them after it."""
    return {"service_namespace": "sagemaker", "scalable_dimension": _dimension(hosting_kind), "resource_id": target.resource_id}


def _dimension(hosting_kind: str) -> str:
    counted = "DesiredProvisionedConcurrency" if hosting_kind == "serverless" else "DesiredInstanceCount"
    return f"sagemaker:variant:{counted}"


def _refuse(endpoint: str, spec: AutoscalingSpec, refs: AutoscalingRefs) -> None:
    problems = check_fit(
        spec,
        refs.hosting_kind,
        instance_type=refs.instance_type,
        provisioned_concurrency=refs.provisioned_concurrency,
        max_concurrency=refs.max_concurrency,
        managed_instance_scaling=refs.managed_instance_scaling,
    )
    if problems:
        where = f"endpoint {endpoint}, variant {refs.variant_name}"
        raise ValueError("; ".join(f"{where}, {path or 'autoscaling'}: {message}" for path, message in problems))
