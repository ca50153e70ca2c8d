"""The network stack: VPC, subnets, endpoints and gateways that models join."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from modules._shared.outputs import export
from modules.kms.construct import Key
from modules.network.construct import Network, NetworkRefs
from modules.network.spec import CreatedNetwork
from slipway.stacks.base import environment_stack

if TYPE_CHECKING:
    from slipway.config.environment import EnvironmentConfig


def network_stack(app: Any, config: EnvironmentConfig) -> Any:
    """`<env>-network`. It stands before the shared stack, so the key of its flow logs is its own."""
    stack = environment_stack(app, config, "network")
    spec = config.network
    if spec is None:
        return stack
    refs = NetworkRefs()
    if isinstance(spec, CreatedNetwork):
        key = Key(stack, "key_network", naming=config.naming, spec=config.kms, purpose="network")
        export(stack, "key_network", key.outputs)
        refs = NetworkRefs(flow_logs_kms_key_arn=key.outputs.arn)
    network = Network(stack, "network", naming=config.naming, spec=spec, refs=refs)
    export(stack, "network", network.outputs)
    return stack
