"""The state stack: bucket, lock table and key that hold every stack's state, its own included."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from modules._shared.outputs import export
from modules.state_backend.construct import StateBackend
from slipway.stacks.base import environment_stack

if TYPE_CHECKING:
    from slipway.config.environment import EnvironmentConfig


def state_stack(app: Any, config: EnvironmentConfig) -> Any:
    """`<env>-state`. First applied with local state, then migrated into its own bucket (`slipway bootstrap`)."""
    stack = environment_stack(app, config, "state")
    export(stack, "state", StateBackend(stack, "state_backend", naming=config.naming, spec=config.state).outputs)
    return stack
