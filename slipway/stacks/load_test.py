"""The load test stack: load testers that run in Lambda."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from slipway.stacks.base import environment_stack

if TYPE_CHECKING:
    from slipway.config.environment import EnvironmentConfig


def load_test_stack(app: Any, config: EnvironmentConfig) -> Any:
    """`<env>-load_test`."""
    return environment_stack(app, config, "load_test")
