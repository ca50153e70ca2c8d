"""Images of tasks are pinned."""

from __future__ import annotations

import json
import re

from policies.estate import Estate, Resource
from policies.rule import Rule, Verdict, unknown, verdict

_DIGEST = re.compile(r"@sha256:[0-9a-f]{64}$")


def _check(task: Resource, estate: Estate) -> Verdict:
    text = estate.text(task.get("container_definitions"), task.document)
    try:
        containers = json.loads(str(text))
    except ValueError:
        return unknown("container_definitions is no literal JSON")
    images = {str(item.get("name")): str(item.get("image")) for item in containers}
    return verdict(f"image {image} of container {name} has no digest" for name, image in images.items() if not _DIGEST.search(image))


RULE = Rule(
    id="CKV_SLIPWAY_92",
    title="Ensure the containers of a task are named by digest",
    why="ECS pulls the image for every new task: behind a tag that was moved, tasks of one service would run different programs.",
    fix="image: <repository>@sha256:<64 hex digits>",
    applies_to=("aws_ecs_task_definition",),
    check=_check,
)
