"""The lifecycle policy of a repository. Pure: loads no toolkit."""

from __future__ import annotations

import json
from typing import Any

from modules.registry.spec import BUILD_PREFIX, RELEASE_PREFIX, RegistrySpec

_MORE_THAN_A_REPOSITORY_HOLDS = 1_000_000


def lifecycle_policy(spec: RegistrySpec) -> str:
    """Expire old unreleased builds and untagged images, and nothing else.

    An image can carry a build tag and a release tag. ECR: "an image that matches the tagging requirements of a rule
    cannot be expired by a rule with a lower priority". So the first rule names released images, with a count that no
    repository reaches, and thereby shields them from the second one.
    """
    rules = [
        _rule(1, "Released images never expire", _tagged(RELEASE_PREFIX, _MORE_THAN_A_REPOSITORY_HOLDS)),
        _rule(2, f"The newest {spec.build_images_kept} unreleased builds stay", _tagged(BUILD_PREFIX, spec.build_images_kept)),
        _rule(
            3,
            f"Untagged images expire after {spec.untagged_expiration_days} days",
            {"tagStatus": "untagged", "countType": "sinceImagePushed", "countUnit": "days", "countNumber": spec.untagged_expiration_days},
        ),
    ]
    return json.dumps({"rules": rules}, sort_keys=True, separators=(",", ":"))


def _rule(priority: int, description: str, selection: dict[str, Any]) -> dict[str, Any]:
    return {"rulePriority": priority, "description": description, "selection": selection, "action": {"type": "expire"}}


def _tagged(prefix: str, count: int) -> dict[str, Any]:
    return {"tagStatus": "tagged", "tagPrefixList": [prefix], "countType": "imageCountMoreThan", "countNumber": count}
