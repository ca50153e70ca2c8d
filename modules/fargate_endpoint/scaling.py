"""Automatic scaling of the service's number of tasks."""

from __future__ import annotations

from typing import Any

from constructs import Construct

from modules._shared.blocks import typed
from modules._shared.provider import aws, cdktf
from modules._shared.scheduled_action import create_scheduled_action
from modules._shared.scheduled_scaling import ScheduledPolicy, scheduled_bounds
from modules.fargate_endpoint.autoscaling import ServiceAutoscaling, ServiceTrackingPolicy
from modules.fargate_endpoint.balancer import Balancer

DIMENSION = "ecs:service:DesiredCount"


class ServiceScaling(Construct):
    """Scalable target, policies and scheduled actions. Terraform never touches how many tasks run now, nor scheduled bounds."""

    def __init__(self, scope: Construct, id: str, *, spec: ServiceAutoscaling, cluster: Any, service: Any, balancer: Balancer) -> None:
        super().__init__(scope, id)
        self._spec = spec
        self._label = f"{balancer.load_balancer.arn_suffix}/{balancer.target_group.arn_suffix}"
        target = self._create_target(f"service/{cluster.name}/{service.name}")
        self._of = {"service_namespace": "ecs", "scalable_dimension": DIMENSION, "resource_id": target.resource_id}
        for policy in spec.policies:
            if isinstance(policy, ScheduledPolicy):
                create_scheduled_action(self, policy, self._of)
            else:
                self._create_policy(policy)

    def _create_target(self, resource_id: str) -> Any:
        ignored = scheduled_bounds(self._spec.policies)
        return aws.appautoscaling_target.AppautoscalingTarget(
            self,
            "target",
            service_namespace="ecs",
            scalable_dimension=DIMENSION,
            resource_id=resource_id,
            min_capacity=self._spec.min_capacity,
            max_capacity=self._spec.max_capacity,
            lifecycle=cdktf.TerraformResourceLifecycle(ignore_changes=ignored) if ignored else None,
        )

    def _create_policy(self, policy: ServiceTrackingPolicy) -> None:
        metric: dict[str, str] = {"predefined_metric_type": policy.metric}
        if policy.metric == "ALBRequestCountPerTarget":
            metric["resource_label"] = self._label
        tracking = {
            "target_value": policy.target_value,
            "scale_in_cooldown": policy.scale_in_cooldown,
            "scale_out_cooldown": policy.scale_out_cooldown,
            "disable_scale_in": policy.disable_scale_in,
            "predefined_metric_specification": metric,
        }
        blocks = {"target_tracking_scaling_policy_configuration": tracking}
        aws.appautoscaling_policy.AppautoscalingPolicy(
            self,
            f"policy_{policy.name}",
            name=policy.name,
            policy_type="TargetTrackingScaling",
            **self._of,
            **typed(aws.appautoscaling_policy, "AppautoscalingPolicy", blocks),
        )
