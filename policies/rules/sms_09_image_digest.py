"""Images are pinned."""

from __future__ import annotations

import re

from policies.estate import Estate, Resource
from policies.rule import Rule, Verdict, verdict

_DIGEST = re.compile(r"@sha256:[0-9a-f]{64}$")


def _check(model: Resource, _: Estate) -> Verdict:
    problems, unknowns = [], []
    containers = [*model.blocks("primary_container"), *model.blocks("container")]
    for position, container in enumerate(containers):
        image = container.get("image")
        if (image is None and container.get("model_package_name")) or _DIGEST.search(str(image)):
            continue
        if isinstance(image, str) and image.endswith("}"):
            unknowns.append(f"container {position}: image is {image}")
        else:
            problems.append(f"container {position}: image {image} has no digest")
    return verdict(problems if containers else ["no container"], unknowns)


RULE = Rule(
    id="CKV_SLIPWAY_9",
    title="Ensure every container image is named by digest",
    why="A tag can be moved: what was scanned and tested would not be what runs, and a scaled-out instance could differ from its peers.",
    fix="image: <repository>@sha256:<64 hex digits>",
    applies_to=("aws_sagemaker_model",),
    check=_check,
    alone=True,
)
