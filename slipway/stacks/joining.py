"""What a model that joins the environment's network gets of it, by remote state."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from modules.network.spec import identity, subnet_count
from slipway.stacks.base import RemoteOutputs

if TYPE_CHECKING:
    from slipway.config.environment import EnvironmentConfig


@dataclass(frozen=True)
class Joined:
    """Subnets and security groups as tokens, one for each, and the literal that says which network they are of."""

    subnet_ids: tuple[str, ...] = ()
    security_group_ids: tuple[str, ...] = ()
    identity: str = ""


class Network:
    """Reads the network stack's outputs once for a stack, and only when a model joins."""

    def __init__(self, stack: Any, config: EnvironmentConfig) -> None:
        self._stack = stack
        self._config = config
        self._joined: Joined | None = None
        self._outputs: RemoteOutputs | None = None

    @property
    def outputs(self) -> RemoteOutputs:
        """All of the network stack's outputs; reading them brings its state into the stack."""
        if self._outputs is None:
            self._outputs = RemoteOutputs(self._stack, self._config, "network")
        return self._outputs

    def of(self, model: str) -> Joined:
        """What the model with this key gets: nothing, unless its options say `network: private`."""
        if self._config.models[model].network is None or self._config.network is None:
            return Joined()
        if self._joined is None:
            outputs, spec = self.outputs, self._config.network
            subnets = outputs.items("network_private_subnet_ids", subnet_count(spec))
            self._joined = Joined(tuple(subnets), (outputs.string("network_model_security_group_id"),), identity(spec))
        return self._joined
