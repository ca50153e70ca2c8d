"""The observability stack: dashboard, alarms, saved queries."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from slipway.stacks.base import environment_stack

if TYPE_CHECKING:
    from slipway.config.environment import EnvironmentConfig


def observability_stack(app: Any, config: EnvironmentConfig) -> Any:
    """`<env>-observability`."""
    return environment_stack(app, config, "observability")
