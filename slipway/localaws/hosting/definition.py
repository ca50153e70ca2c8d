"""What an endpoint is to run: its configuration and the models it names, taken down when CreateEndpoint or UpdateEndpoint is called.

Terraform deletes an old configuration and its models while a rollout that may yet roll back to them has just ended, and more
instances are started long after that. So nothing is looked up again later.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from slipway.localaws.hosting.images import find_image


@dataclass(frozen=True)
class Definition:
    """`config` is the CreateEndpointConfig request, `models` the CreateModel requests by name. Both are never changed."""

    account: str
    region: str
    config_name: str
    config: dict[str, Any]
    models: dict[str, dict[str, Any]]

    @property
    def variants(self) -> list[dict[str, Any]]:
        """The production variants."""
        variants: list[dict[str, Any]] = self.config["ProductionVariants"]
        return variants

    @property
    def shadows(self) -> list[dict[str, Any]]:
        """The shadow variants."""
        shadows: list[dict[str, Any]] = self.config.get("ShadowProductionVariants", [])
        return shadows

    def missing_image(self) -> str:
        """The first image that the local ECR does not have; empty when it has all."""
        images = [container.get("Image", "") for model in self.models.values() for container in containers_of(model)]
        return next((image or "a model package's image" for image in images if not find_image(image)), "")


def containers_of(model: dict[str, Any]) -> Iterable[dict[str, Any]]:
    """The container definitions of a CreateModel request, in order."""
    primary = model.get("PrimaryContainer")
    return [primary] if primary else model.get("Containers", [])
