"""What the options of a model on Fargate refuse."""

from __future__ import annotations

from typing import Any

import pytest

from modules._shared.naming import Naming
from modules.fargate_endpoint.autoscaling import ServiceAutoscaling
from modules.fargate_endpoint.sizes import MEMORY, problem
from modules.fargate_endpoint.spec import (
    Deployment,
    FargateConfig,
    FargateHosting,
    HealthCheck,
    load_balancer_name,
    log_group,
    role_name,
    service_name,
)
from tests.modules.support import messages

LEAST: dict[str, Any] = {"hosting": {"kind": "fargate"}, "model": "wine"}
CPU = {"kind": "target_tracking", "name": "cpu", "metric": "ECSServiceAverageCPUUtilization", "target_value": 60}


def test_the_least_is_a_model() -> None:
    spec = FargateConfig.model_validate(LEAST)
    assert (spec.hosting.cpu, spec.hosting.memory, spec.desired_count, spec.autoscaling) == (1024, 2048, 2, None)


@pytest.mark.parametrize(("cpu", "memory"), [(cpu, memory) for cpu, sizes in MEMORY.items() for memory in sizes])
def test_every_documented_pair_is_taken(cpu: int, memory: int) -> None:
    assert messages(FargateHosting, {"kind": "fargate", "cpu": cpu, "memory": memory}) == []


@pytest.mark.parametrize(
    ("cpu", "memory", "nearest"),
    [(256, 4096, 2048), (512, 512, 1024), (1024, 2000, 2048), (4096, 31744, 30720), (8192, 17408, 20480), (16384, 1024, 32768)],
)
def test_other_pairs_are_refused_with_the_nearest(cpu: int, memory: int, nearest: int) -> None:
    (message,) = messages(FargateHosting, {"kind": "fargate", "cpu": cpu, "memory": memory})
    assert message.endswith(f"the nearest is {nearest}") and f"memory {memory}" in message


def test_the_table_is_as_aws_documents_it() -> None:
    """ECS developer guide, "Task CPU and memory"."""
    steps = {cpu: (sizes[0] // 1024, sizes[-1] // 1024, len(sizes)) for cpu, sizes in MEMORY.items()}
    expected = {
        256: (0, 2, 3),
        512: (1, 4, 4),
        1024: (2, 8, 7),
        2048: (4, 16, 13),
        4096: (8, 30, 23),
        8192: (16, 60, 12),
        16384: (32, 120, 12),
    }
    assert steps == expected
    assert problem(256, 512) == ""


@pytest.mark.parametrize(
    ("kind", "options", "said"),
    [
        (FargateHosting, {"kind": "fargate", "cpu": 300, "memory": 1024}, "cpu"),
        (FargateHosting, {"kind": "fargate", "gpu": 1}, "gpu"),
        (FargateHosting, {"kind": "fargate", "ephemeral_storage_in_gib": 20}, "ephemeral_storage_in_gib"),
        (Deployment, {"minimum_healthy_percent": 100, "maximum_percent": 100}, "a deployment would never begin"),
        (HealthCheck, {"interval": 5, "timeout": 5}, "timeout 5 must be below interval 5"),
        (HealthCheck, {"command": ["curl", "localhost"]}, "command begins with CMD"),
        (HealthCheck, {"command": ["CMD"]}, "command begins with CMD"),
        (
            FargateConfig,
            {**LEAST, "load_balancer": {"https": {"certificate_arn": "arn:x", "host_name": "wine.internal"}}},
            "certificate_arn",
        ),
        (FargateConfig, {**LEAST, "variants": []}, "variants"),
        (FargateConfig, {**LEAST, "desired_count": 1, "deployment": {"maximum_percent": 150}}, "with 1 task deployment allows at most 1"),
        (
            FargateConfig,
            {**LEAST, "autoscaling": {"min_capacity": 3, "max_capacity": 4, "policies": [CPU]}},
            "outside autoscaling's 3 to 4",
        ),
        (ServiceAutoscaling, {"min_capacity": 0, "max_capacity": 4, "policies": [CPU]}, "min_capacity"),
        (ServiceAutoscaling, {"min_capacity": 4, "max_capacity": 2, "policies": [CPU]}, "above max_capacity 2"),
        (ServiceAutoscaling, {"min_capacity": 1, "max_capacity": 2, "policies": []}, "policies"),
        (ServiceAutoscaling, {"min_capacity": 1, "max_capacity": 2, "policies": [CPU, CPU]}, "used twice: cpu"),
        (ServiceAutoscaling, {"min_capacity": 1, "max_capacity": 2, "policies": [CPU, {**CPU, "name": "b"}]}, "AWS allows one per metric"),
        (ServiceAutoscaling, {"min_capacity": 1, "max_capacity": 2, "policies": [{**CPU, "target_value": 101}]}, "goes to 100"),
    ],
)
def test_nonsense_is_refused(kind: Any, options: dict[str, Any], said: str) -> None:
    assert any(said in message for message in messages(kind, options))


def test_a_schedule_may_not_cross_the_bounds() -> None:
    night = {"kind": "scheduled", "name": "night", "schedule": "cron(0 20 ? * * *)", "min_capacity": 5}
    (message,) = messages(ServiceAutoscaling, {"min_capacity": 1, "max_capacity": 4, "policies": [night]})
    assert "night sets min_capacity 5 alone, above the max_capacity 4" in message


def test_names_are_literal_and_fit() -> None:
    naming = Naming("slipway", "staging-of-everybody", "111111111111", "eu-west-1")
    balancer = load_balancer_name(naming, "wine-classifier")
    assert len(balancer) == 32 and balancer.startswith("slipway-staging-of-ever")
    assert service_name(naming, "wine") == "slipway-staging-of-everybody-wine"
    assert log_group(naming, "wine") == "/aws/ecs/slipway-staging-of-everybody-wine"
    assert role_name(naming, "wine", "task") == "slipway-staging-of-everybody-fargate-wine-task"
    assert len(role_name(naming, "w" * 60, "execution")) == 64
