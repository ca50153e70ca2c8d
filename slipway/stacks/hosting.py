"""Hosting outside SageMaker endpoints, in the serving stack: Lambda, Fargate, batch transform."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from slipway.config.endpoints import BatchTransformEndpoint, FargateEndpoint, LambdaEndpoint
from slipway.stacks.hosting_batch_transform import batch_transform
from slipway.stacks.hosting_fargate import fargate_endpoint
from slipway.stacks.hosting_lambda import lambda_endpoint

if TYPE_CHECKING:
    from slipway.config.environment import EnvironmentConfig
    from slipway.config.release import ReleaseLock
    from slipway.stacks.base import RemoteOutputs
    from slipway.stacks.joining import Network


def other_hosting(
    stack: Any, config: EnvironmentConfig, lock: ReleaseLock, models: dict[str, Any], shared: RemoteOutputs, network: Network
) -> None:
    """Everything of `endpoints` that is no SageMaker endpoint, by `hosting.kind`. `models`: the Model constructs by key."""
    for name, entry in sorted(config.other_hosting.items()):
        if isinstance(entry, LambdaEndpoint):
            lambda_endpoint(stack, config, lock, name, entry, shared, network)
        if isinstance(entry, FargateEndpoint):
            fargate_endpoint(stack, config, lock, name, entry, shared, network.outputs)
        if isinstance(entry, BatchTransformEndpoint):
            batch_transform(stack, config, name, entry, models, shared)
