"""A model is deployed only after it was released: its entries in the lock file pin image and artifact."""

from __future__ import annotations

from typing import Any, cast

from slipway.deploy.target import Target
from slipway.errors import SlipwayError


def unreleased_models(target: Target) -> list[str]:
    """Release keys that the environment's models need and `environments/<env>.lock.yaml` does not have."""
    if not getattr(target.config, "models", None):
        return []
    from slipway.config.release import load_lock
    from slipway.stacks.releases import missing_releases

    return missing_releases(cast(Any, target.config), load_lock(target.name, target.root))


def check_released(target: Target) -> None:
    """SlipwayError naming what has no release yet."""
    missing = unreleased_models(target)
    if missing:
        raise SlipwayError(
            f"nothing is released in {target.name} for {', '.join(missing)}",
            fix=f"Run `slipway release {target.name}`, which writes environments/{target.name}.lock.yaml, then deploy again.",
        )
