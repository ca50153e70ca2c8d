"""The task definition: one container that can write to /tmp and /opt/ml and nowhere else."""

from __future__ import annotations

import json
from typing import Any

from constructs import Construct

from modules._shared.blocks import typed
from modules._shared.naming import Naming
from modules._shared.provider import aws, cdktf
from modules.fargate_endpoint.refs import FargateRefs
from modules.fargate_endpoint.roles import TaskRoles
from modules.fargate_endpoint.spec import PORT, FargateConfig, log_group, service_name

CONTAINER = "model"
"""Name of the container."""
WRITABLE = {"tmp": "/tmp", "ml": "/opt/ml"}  # noqa: S108 - folders of the container, not of this machine
"""Volumes on the task's own disk: temporary files, and the model that the container fetches."""


def task_definition(scope: Construct, naming: Naming, name: str, spec: FargateConfig, refs: FargateRefs, roles: TaskRoles) -> Any:
    """A new revision for every change. The old one goes only when the service runs the new one, so that it can roll back."""
    hosting = spec.hosting
    storage = {"size_in_gib": hosting.ephemeral_storage_in_gib} if hosting.ephemeral_storage_in_gib else None
    blocks = {
        "runtime_platform": {"operating_system_family": "LINUX", "cpu_architecture": hosting.cpu_architecture or refs.cpu_architecture},
        "volume": [{"name": volume} for volume in sorted(WRITABLE)],
        "ephemeral_storage": storage,
    }
    return aws.ecs_task_definition.EcsTaskDefinition(
        scope,
        "task",
        family=service_name(naming, name),
        requires_compatibilities=["FARGATE"],
        network_mode="awsvpc",
        cpu=str(hosting.cpu),
        memory=str(hosting.memory),
        execution_role_arn=roles.execution_arn,
        task_role_arn=roles.task_arn,
        container_definitions=json.dumps([container(naming, name, spec, refs)], sort_keys=True, separators=(",", ":")),
        lifecycle=cdktf.TerraformResourceLifecycle(create_before_destroy=True),
        **typed(aws.ecs_task_definition, "EcsTaskDefinition", blocks),
    )


def container(naming: Naming, name: str, spec: FargateConfig, refs: FargateRefs) -> dict[str, Any]:
    """The container definition (API: ContainerDefinition). Started as SageMaker starts it: `serve`, port 8080, model in /opt/ml."""
    check = spec.health_check
    health = {
        "command": list(check.command),
        "interval": check.interval,
        "timeout": min(check.timeout, 60),
        "retries": check.unhealthy_threshold,
        "startPeriod": min(check.grace_period, 300),
    }
    return {
        "name": CONTAINER,
        "image": refs.image,
        "essential": True,
        "command": ["serve"],
        "environment": [{"name": key, "value": value} for key, value in sorted(_variables(naming, refs).items())],
        "portMappings": [{"containerPort": PORT, "hostPort": PORT, "protocol": "tcp"}],
        "readonlyRootFilesystem": True,
        "mountPoints": [{"sourceVolume": volume, "containerPath": path, "readOnly": False} for volume, path in sorted(WRITABLE.items())],
        "linuxParameters": {"capabilities": {"drop": ["ALL"]}, "initProcessEnabled": True},
        "stopTimeout": spec.stop_timeout,
        "logConfiguration": {
            "logDriver": "awslogs",
            "options": {"awslogs-group": log_group(naming, name), "awslogs-region": naming.region, "awslogs-stream-prefix": "model"},
        },
        **({"healthCheck": health} if check.command else {}),
    }


def _variables(naming: Naming, refs: FargateRefs) -> dict[str, str]:
    """The model's own variables, and where the container finds the model: it checks the SHA-256 before it serves."""
    model = {"SLIPWAY_MODEL_URL": refs.model_url, "SLIPWAY_MODEL_SHA256": refs.model_sha256} if refs.model_url else {}
    return {**refs.environment, **model, "AWS_DEFAULT_REGION": naming.region}
