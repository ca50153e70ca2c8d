"""The api stack: the front door: API Gateway and the function that invokes endpoints."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from modules._shared.outputs import export
from modules.api.construct import Api
from modules.api.refs import ApiRefs, Target
from modules.kms.construct import Key
from modules.lambda_endpoint.spec import alias_arn
from modules.network.spec import subnet_count
from slipway.config.endpoints import FargateEndpoint
from slipway.stacks.base import RemoteOutputs, environment_stack

if TYPE_CHECKING:
    from slipway.config.environment import EnvironmentConfig


def api_stack(app: Any, config: EnvironmentConfig) -> Any:
    """`<env>-api`. Endpoints are named by literals; the serving stack's state is read for the URLs of load balancers alone."""
    stack = environment_stack(app, config, "api")
    if config.api is None:
        return stack
    key = Key(stack, "key_api", naming=config.naming, spec=config.kms, purpose="api")
    export(stack, "key_api", key.outputs)
    api = Api(stack, "api", naming=config.naming, spec=config.api, refs=_refs(stack, config, key.outputs.arn))
    export(stack, "api", api.outputs)
    return stack


def _refs(stack: Any, config: EnvironmentConfig, key_arn: str) -> ApiRefs:
    shared = RemoteOutputs(stack, config, "shared")
    offered = config.api.endpoints if config.api else {}
    serving = (
        RemoteOutputs(stack, config, "serving") if any(isinstance(config.endpoints[name], FargateEndpoint) for name in offered) else None
    )
    targets = {name: _target(config, name, serving) for name in offered}
    waits = any(target.async_input for target in targets.values())
    subnets, groups = _network(stack, config)
    return ApiRefs(
        targets=targets,
        logs_kms_key_arn=shared.string("key_logs_arn"),
        kms_key_arn=key_arn,
        inference_kms_key_arn=shared.string("key_inference_arn") if waits else None,
        subnet_ids=subnets,
        security_group_ids=groups,
    )


def _network(stack: Any, config: EnvironmentConfig) -> tuple[list[str], list[str]]:
    """Subnets and security groups of a private function: those of models, which reach AWS through the network's endpoints alone."""
    if config.api is None or config.api.function.network == "public" or config.network is None:
        return [], []
    outputs = RemoteOutputs(stack, config, "network")
    subnets = outputs.items("network_private_subnet_ids", subnet_count(config.network))
    return subnets, [outputs.string("network_model_security_group_id")]


def _target(config: EnvironmentConfig, name: str, serving: RemoteOutputs | None) -> Target:
    """Asynchronous inputs go where the execution roles of the endpoint's models may read. A load balancer's URL is in `serving`."""
    kind = config.endpoints[name].hosting.kind
    bucket = config.storage.async_output.bucket_name(config.naming)
    place = f"{bucket}/{name}/input/" if kind == "asynchronous" else None
    address = alias_arn(config.naming, name) if kind == "lambda" else ""
    if kind == "fargate" and serving is not None:
        address = serving.string(f"fargate_{name}_url")
    return Target(config.naming.name(name), kind, place, address)
