"""Model artifacts are pinned."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from policies.estate import Estate, Resource, blocks, is_reference
from policies.rule import NOT_APPLICABLE, Rule, Verdict, verdict

_HASH = re.compile(r"(^|[/=._-])[0-9a-f]{64}([/._-]|$)")


def _check(model: Resource, _: Estate) -> Verdict:
    containers = [*model.blocks("primary_container"), *model.blocks("container")]
    locations = [place for container in containers if container.get("mode") != "MultiModel" for place in _locations(container)]
    loose = [place for place in locations if not _HASH.search(place)]
    unread = [f"{place} is known only to Terraform" for place in loose if is_reference(place) and place.endswith("}")]
    problems = [f"{place} holds no SHA-256" for place in loose if not (is_reference(place) and place.endswith("}"))]
    return verdict(problems, unread) if locations else NOT_APPLICABLE


def _locations(container: Mapping[str, Any]) -> Iterator[str]:
    if container.get("model_data_url"):
        yield str(container["model_data_url"])
    for source in blocks(container, "model_data_source"):
        for place in blocks(source, "s3_data_source"):
            yield str(place.get("s3_uri"))


RULE = Rule(
    id="CKV_SLIPWAY_10",
    title="Ensure a model artifact's key holds the SHA-256 of its content",
    why="An object that can be overwritten changes a running model at the next scale-out, and no plan shows it. "
    "Multi-model prefixes are exempt.",
    fix="upload with `slipway release`: models/<name>/<sha256>/model.tar.gz",
    applies_to=("aws_sagemaker_model",),
    check=_check,
    alone=True,
)
