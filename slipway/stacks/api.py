"""The api stack: the front door: API Gateway and the function that invokes endpoints."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from slipway.stacks.base import environment_stack

if TYPE_CHECKING:
    from slipway.config.environment import EnvironmentConfig


def api_stack(app: Any, config: EnvironmentConfig) -> Any:
    """`<env>-api`."""
    return environment_stack(app, config, "api")
