"""The network stack: VPC, subnets, endpoints and gateways that models join."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from slipway.stacks.base import environment_stack

if TYPE_CHECKING:
    from slipway.config.environment import EnvironmentConfig


def network_stack(app: Any, config: EnvironmentConfig) -> Any:
    """`<env>-network`."""
    return environment_stack(app, config, "network")
