"""The serving stack: models, endpoint configurations, endpoints and their autoscaling."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from modules._shared.outputs import export
from modules.autoscaling.construct import Autoscaling, AutoscalingRefs
from modules.endpoint.construct import Endpoint, EndpointOutputs, EndpointRefs
from modules.endpoint_config.construct import EndpointConfig, EndpointConfigRefs
from modules.endpoint_config.variants import InstanceVariant, ServerlessVariant
from modules.model.construct import Model, ModelRefs
from slipway.stacks.base import RemoteOutputs, environment_stack
from slipway.stacks.hosting import other_hosting
from slipway.stacks.joining import Joined, Network
from slipway.stacks.releases import container_releases

if TYPE_CHECKING:
    from slipway.config.endpoints import AnyEndpoint
    from slipway.config.environment import EnvironmentConfig
    from slipway.config.release import ReleaseLock


def serving_stack(app: Any, config: EnvironmentConfig, lock: ReleaseLock) -> Any:
    """`<env>-serving`. Raises `InputError` when a model has no release in the environment's lock file."""
    releases = container_releases(config, lock)
    stack = environment_stack(app, config, "serving")
    shared = RemoteOutputs(stack, config, "shared")
    network = Network(stack, config)
    models = {name: _model(stack, config, name, releases[name], shared, network.of(name)) for name in sorted(config.models)}
    for name, endpoint in sorted(config.sagemaker_endpoints.items()):
        _endpoint(stack, config, name, endpoint, models, shared)
    other_hosting(stack, config, lock, models, shared, network)
    return stack


def _model(
    stack: Any, config: EnvironmentConfig, name: str, releases: dict[str, dict[str, str]], shared: RemoteOutputs, joined: Joined
) -> Model:
    refs = ModelRefs(
        execution_role_arn=shared.string(f"role_{name}_arn"),
        images=releases["images"],
        artifacts=releases["artifacts"],
        fingerprint={"network": joined.identity} if joined.identity else {},
        subnet_ids=joined.subnet_ids,
        security_group_ids=joined.security_group_ids,
    )
    model = Model(stack, f"model_{name}", naming=config.naming, name=name, spec=config.models[name], refs=refs)
    export(stack, f"model_{name}", model.outputs)
    return model


def _endpoint(stack: Any, config: EnvironmentConfig, name: str, spec: AnyEndpoint, models: dict[str, Model], shared: RemoteOutputs) -> None:
    endpoint_config = EndpointConfig(
        stack, f"endpoint_config_{name}", naming=config.naming, name=name, spec=spec, refs=_config_refs(config, models, shared)
    )
    refs = EndpointRefs(
        endpoint_config_name=endpoint_config.outputs.name,
        instance_counts={v.variant_name: v.initial_instance_count if isinstance(v, InstanceVariant) else 1 for v in spec.variants},
        logs_kms_key_arn=shared.string("key_logs_arn"),
        hosting_kind=spec.hosting.kind,
        alarm_topic_arns=[] if config.notifications is None else [shared.string("topic_critical_arn")],
    )
    endpoint = Endpoint(stack, f"endpoint_{name}", naming=config.naming, name=name, spec=spec, refs=refs)
    export(stack, f"endpoint_{name}", endpoint.outputs)
    export(stack, f"endpoint_config_{name}", endpoint_config.outputs)
    _autoscaling(stack, config, name, spec, endpoint.outputs)


def _config_refs(config: EnvironmentConfig, models: dict[str, Model], shared: RemoteOutputs) -> EndpointConfigRefs:
    return EndpointConfigRefs(
        model_names={key: model.outputs.name for key, model in models.items()},
        kms_key_arn=shared.string("key_inference_arn"),
        data_capture_s3_uri=f"s3://{config.storage.data_capture.bucket_name(config.naming)}",
        async_output_s3_uri=f"s3://{config.storage.async_output.bucket_name(config.naming)}",
        fingerprint={f"model/{key}": model.literal_name for key, model in models.items()},
    )


def _autoscaling(stack: Any, config: EnvironmentConfig, name: str, spec: AnyEndpoint, endpoint: EndpointOutputs) -> None:
    variants = {variant.variant_name: variant for variant in spec.variants}
    for variant_name, scaling in sorted(spec.autoscaling.items()):
        refs = _scaling_refs(endpoint.name, spec.hosting.kind, variants[variant_name])
        Autoscaling(stack, f"autoscaling_{name}_{variant_name}", naming=config.naming, endpoint=name, spec=scaling, refs=refs)


def _scaling_refs(endpoint_name: str, hosting_kind: str, variant: InstanceVariant | ServerlessVariant) -> AutoscalingRefs:
    if isinstance(variant, ServerlessVariant):
        return AutoscalingRefs(
            endpoint_name=endpoint_name,
            variant_name=variant.variant_name,
            hosting_kind=hosting_kind,
            provisioned_concurrency=variant.provisioned_concurrency,
            max_concurrency=variant.max_concurrency,
        )
    return AutoscalingRefs(
        endpoint_name=endpoint_name,
        variant_name=variant.variant_name,
        hosting_kind=hosting_kind,
        instance_type=variant.instance_type,
        managed_instance_scaling=variant.managed_instance_scaling is not None and variant.managed_instance_scaling.status == "ENABLED",
    )
