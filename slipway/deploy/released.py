"""A model is deployed only after it was released, a training pipeline after its images were: the lock file pins image and artifact."""

from __future__ import annotations

from typing import Any, cast

from slipway.deploy.target import Target
from slipway.errors import SlipwayError
from slipway.layers import stack_name


def unreleased_models(target: Target) -> list[str]:
    """Release keys that the environment's models need and `environments/<env>.lock.yaml` does not have."""
    if not getattr(target.config, "models", None):
        return []
    from slipway.config.release import load_lock
    from slipway.stacks.releases import missing_releases

    return missing_releases(cast(Any, target.config), load_lock(target.name, target.root))


def unpinned_images(target: Target) -> list[str]:
    """Keys of `registries` whose images training pipelines need and the lock file does not have."""
    from slipway.config.release import load_lock
    from slipway.stacks.training_images import missing_images

    return missing_images(cast(Any, target.config), load_lock(target.name, target.root))


def check_released(target: Target, stack: str) -> None:
    """SlipwayError naming what `stack` waits for: images of training pipelines, or releases of models."""
    if stack == stack_name(target.name, "training"):
        from slipway.stacks.training_images import push_command

        images = unpinned_images(target)
        raise SlipwayError(
            f"environments/{target.name}.lock.yaml pins no image of {', '.join(images)}, which training pipelines need",
            fix=f"Run `{push_command(target.name, images[0])}`, then deploy again.",
        )
    missing = unreleased_models(target)
    if missing:
        raise SlipwayError(
            f"nothing is released in {target.name} for {', '.join(missing)}",
            fix=f"Run `slipway release {target.name}`, which writes environments/{target.name}.lock.yaml, then deploy again.",
        )
