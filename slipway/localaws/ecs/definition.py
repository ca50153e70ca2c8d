"""What a task is to run: its task definition's one container, taken down when a deployment begins."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from slipway.containers.source import SavedImage
from slipway.localaws.functions import settings as local
from slipway.localaws.hosting import folders, settings
from slipway.localaws.hosting.images import Image, find_image, save_image
from slipway.terraform.local_target import SECRET

STOP_SECONDS = 30
"""Seconds between SIGTERM and SIGKILL where the container names none (ECS: stopTimeout)."""


@dataclass(frozen=True)
class TaskPlan:
    """One container. `group` and `prefix` are its awslogs options, empty without; `cpu` in CPU units, `memory` in MiB."""

    account: str
    region: str
    definition: str
    container: str
    image: Image
    command: tuple[str, ...]
    environment: Mapping[str, str]
    group: str
    prefix: str
    stop_seconds: float
    cpu: int
    memory: int

    def source(self) -> SavedImage:
        """The image as a file. Raises HostingFailed."""
        return SavedImage(save_image(self.image, folders.images()))

    def variables(self) -> dict[str, str]:
        """What the container finds in its environment: the task role's credentials, the way to the local AWS, and its own."""
        return {
            "AWS_REGION": self.region,
            "AWS_DEFAULT_REGION": self.region,
            "AWS_EXECUTION_ENV": "AWS_ECS_FARGATE",
            "AWS_ACCESS_KEY_ID": self.account,
            "AWS_SECRET_ACCESS_KEY": SECRET,
            "AWS_ENDPOINT_URL": local.url(),
            "AWS_EC2_METADATA_DISABLED": "true",
            **self.environment,
        }


def plan(account: str, region: str, definition: Any) -> TaskPlan | None:
    """The plan of a task definition (moto's); None when nothing is to run: hosting is off, or the image is not in the local ECR.

    A task definition of several containers is a record too.
    """
    containers: list[dict[str, Any]] = definition.container_definitions
    image = find_image(containers[0].get("image", "")) if len(containers) == 1 and settings.mode() != "off" else None
    if image is None:
        return None
    container = containers[0]
    options = (container.get("logConfiguration") or {}).get("options") or {}
    return TaskPlan(
        account=account,
        region=region,
        definition=definition.arn,
        container=container["name"],
        image=image,
        command=tuple(container.get("command") or ()),
        environment={item["name"]: item["value"] for item in container.get("environment") or ()},
        group=options.get("awslogs-group", ""),
        prefix=options.get("awslogs-stream-prefix", ""),
        stop_seconds=float(container.get("stopTimeout") or STOP_SECONDS),
        cpu=int(definition.cpu or 256),
        memory=int(definition.memory or 512),
    )
