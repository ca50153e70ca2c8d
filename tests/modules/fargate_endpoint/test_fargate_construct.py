"""Every option of a model on Fargate reaches the Terraform JSON."""

from __future__ import annotations

from typing import Any

import pytest

from modules.fargate_endpoint.spec import FargateConfig
from tests.modules.fargate_endpoint.built import CERTIFICATE, CPU, HTTPS, MORNING, build, container
from tests.modules.fargate_endpoint.test_fargate_alarms import TESTED as ALARMS
from tests.modules.support import all_options, at, resource, resources, untested

TASK, SERVICE, CLUSTER, LB = "aws_ecs_task_definition", "aws_ecs_service", "aws_ecs_cluster", "aws_lb"
GROUP, LISTENER, LOGS = "aws_lb_target_group", "aws_lb_listener", "aws_cloudwatch_log_group"
TARGET, POLICY, ACTION = "aws_appautoscaling_target", "aws_appautoscaling_policy", "aws_appautoscaling_scheduled_action"
_TRACKING = "target_tracking_scaling_policy_configuration"


def hosting(**options: Any) -> dict[str, Any]:
    return {"hosting": {"kind": "fargate", **options}}


def scaled(*policies: dict[str, Any], **options: Any) -> dict[str, Any]:
    return {"autoscaling": {"min_capacity": 2, "max_capacity": 4, "policies": list(policies or (CPU,)), **options}}


def tracking(**options: Any) -> dict[str, Any]:
    return scaled({**CPU, **options})


def morning(**options: Any) -> dict[str, Any]:
    return scaled({**MORNING, **options})


IN_JSON: dict[str, tuple[dict[str, Any], str, str, Any]] = {
    "FargateHosting.cpu": (hosting(cpu=2048, memory=4096), TASK, "cpu", "2048"),
    "FargateHosting.memory": (hosting(memory=4096), TASK, "memory", "4096"),
    "FargateHosting.cpu_architecture": (hosting(cpu_architecture="ARM64"), TASK, "runtime_platform.cpu_architecture", "ARM64"),
    "FargateHosting.platform_version": (hosting(platform_version="1.4.0"), SERVICE, "platform_version", "1.4.0"),
    "FargateHosting.ephemeral_storage_in_gib": (hosting(ephemeral_storage_in_gib=50), TASK, "ephemeral_storage.size_in_gib", 50),
    "FargateConfig.hosting": (hosting(memory=4096), TASK, "memory", "4096"),
    "FargateConfig.desired_count": ({"desired_count": 3}, SERVICE, "desired_count", 3),
    "FargateConfig.autoscaling": (scaled(), TARGET, "service_namespace", "ecs"),
    "FargateConfig.container_insights": ({"container_insights": "enhanced"}, CLUSTER, "setting[0].value", "enhanced"),
    "FargateConfig.log_retention_in_days": ({"log_retention_in_days": 7}, LOGS, "retention_in_days", 7),
    "Deployment.minimum_healthy_percent": (
        {"deployment": {"minimum_healthy_percent": 50}}, SERVICE, "deployment_minimum_healthy_percent", 50
    ),
    "Deployment.maximum_percent": ({"deployment": {"maximum_percent": 150}}, SERVICE, "deployment_maximum_percent", 150),
    "FargateConfig.deployment": ({"deployment": {"maximum_percent": 150}}, SERVICE, "deployment_maximum_percent", 150),
    "HealthCheck.interval": ({"health_check": {"interval": 20}}, GROUP, "health_check.interval", 20),
    "HealthCheck.timeout": ({"health_check": {"timeout": 3}}, GROUP, "health_check.timeout", 3),
    "HealthCheck.healthy_threshold": ({"health_check": {"healthy_threshold": 4}}, GROUP, "health_check.healthy_threshold", 4),
    "HealthCheck.unhealthy_threshold": ({"health_check": {"unhealthy_threshold": 5}}, GROUP, "health_check.unhealthy_threshold", 5),
    "HealthCheck.grace_period": ({"health_check": {"grace_period": 240}}, SERVICE, "health_check_grace_period_seconds", 240),
    "FargateConfig.health_check": ({"health_check": {"interval": 20}}, GROUP, "health_check.interval", 20),
    "LoadBalancer.https": ({"load_balancer": HTTPS}, LISTENER, "protocol", "HTTPS"),
    "Https.certificate_arn": ({"load_balancer": HTTPS}, LISTENER, "certificate_arn", CERTIFICATE),
    "LoadBalancer.idle_timeout": ({"load_balancer": {"idle_timeout": 120}}, LB, "idle_timeout", 120),
    "LoadBalancer.algorithm": (
        {"load_balancer": {"algorithm": "least_outstanding_requests"}}, GROUP, "load_balancing_algorithm_type", "least_outstanding_requests"
    ),
    "LoadBalancer.deregistration_delay": ({"load_balancer": {"deregistration_delay": 5}}, GROUP, "deregistration_delay", "5"),
    "LoadBalancer.access_logs": ({"load_balancer": {"access_logs": False}}, LB, "access_logs", None),
    "LoadBalancer.deletion_protection": ({"load_balancer": {"deletion_protection": True}}, LB, "enable_deletion_protection", True),
    "FargateConfig.load_balancer": ({"load_balancer": {"idle_timeout": 120}}, LB, "idle_timeout", 120),
    "ServiceAutoscaling.min_capacity": (scaled(min_capacity=1), TARGET, "min_capacity", 1),
    "ServiceAutoscaling.max_capacity": (scaled(max_capacity=9), TARGET, "max_capacity", 9),
    "ServiceAutoscaling.policies": (scaled(CPU), POLICY, "name", "cpu"),
    "ServiceTrackingPolicy.kind": (scaled(CPU), POLICY, "policy_type", "TargetTrackingScaling"),
    "ServiceTrackingPolicy.name": (tracking(name="b"), POLICY, "name", "b"),
    "ServiceTrackingPolicy.metric": (
        tracking(metric="ECSServiceAverageMemoryUtilization"), POLICY,
        f"{_TRACKING}.predefined_metric_specification.predefined_metric_type", "ECSServiceAverageMemoryUtilization",
    ),
    "ServiceTrackingPolicy.target_value": (tracking(target_value=70), POLICY, f"{_TRACKING}.target_value", 70),
    "ServiceTrackingPolicy.scale_in_cooldown": (tracking(scale_in_cooldown=30), POLICY, f"{_TRACKING}.scale_in_cooldown", 30),
    "ServiceTrackingPolicy.scale_out_cooldown": (tracking(scale_out_cooldown=30), POLICY, f"{_TRACKING}.scale_out_cooldown", 30),
    "ServiceTrackingPolicy.disable_scale_in": (tracking(disable_scale_in=True), POLICY, f"{_TRACKING}.disable_scale_in", True),
    "ScheduledPolicy.kind": (morning(), ACTION, "scalable_dimension", "ecs:service:DesiredCount"),
    "ScheduledPolicy.name": (morning(name="dawn"), ACTION, "name", "dawn"),
    "ScheduledPolicy.schedule": (morning(schedule="rate(1 day)"), ACTION, "schedule", "rate(1 day)"),
    "ScheduledPolicy.timezone": (morning(timezone="Europe/Berlin"), ACTION, "timezone", "Europe/Berlin"),
    "ScheduledPolicy.start_time": (morning(start_time="2026-01-31T08:00:00Z"), ACTION, "start_time", "2026-01-31T08:00:00Z"),
    "ScheduledPolicy.end_time": (morning(end_time="2027-01-31T08:00:00Z"), ACTION, "end_time", "2027-01-31T08:00:00Z"),
    "ScheduledPolicy.min_capacity": (morning(min_capacity=4), ACTION, "scalable_target_action.min_capacity", "4"),
    "ScheduledPolicy.max_capacity": (morning(max_capacity=4), ACTION, "scalable_target_action.max_capacity", "4"),
}  # fmt: skip
IN_CONTAINER: dict[str, tuple[dict[str, Any], str, Any]] = {
    "FargateConfig.stop_timeout": ({"stop_timeout": 60}, "stopTimeout", 60),
    "HealthCheck.command": ({"health_check": {"command": ["CMD-SHELL", "exit 0"]}}, "healthCheck.command", ["CMD-SHELL", "exit 0"]),
}
ELSEWHERE = {
    "FargateHosting.kind",  # the only value
    "FargateConfig.model",  # tests/stacks/test_fargate_stack.py
    "FargateConfig.permissions_boundary",  # test_both_roles_have_the_boundary
    "Https.host_name",  # test_https_is_asked_for_by_its_own_name
}


def test_no_option_is_untested() -> None:
    assert untested(all_options(FargateConfig), [*IN_JSON, *IN_CONTAINER, *ELSEWHERE, *ALARMS]) == []


@pytest.mark.parametrize("option", IN_JSON)
def test_an_option_reaches_the_json(option: str) -> None:
    options, kind, path, expected = IN_JSON[option]
    assert at(resource(build(**options), kind), path) == expected
    without = resources(build(), kind)
    assert not without or at(without[0], path) != expected


@pytest.mark.parametrize("option", IN_CONTAINER)
def test_an_option_reaches_the_container(option: str) -> None:
    options, path, expected = IN_CONTAINER[option]
    assert at(container(build(**options)), path) == expected != at(container(build()), path)
