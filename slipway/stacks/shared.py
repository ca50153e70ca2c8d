"""The shared stack: what models need before they are served. Keys, image repositories, buckets, roles."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from modules._shared.outputs import export
from modules.identity.construct import Access, ExecutionRole
from modules.identity.execution import ExecutionRoleRefs
from modules.identity.people import AccessRefs
from modules.kms.construct import Key, KeyOutputs
from modules.kms.spec import key_alias
from modules.lambda_endpoint.spec import function_name, role_name
from modules.network.spec import CreatedNetwork
from modules.notifications.construct import Notifications, NotificationsRefs
from modules.registry.construct import Registry, RegistryRefs
from modules.state_backend.backend import key_alias as state_key_alias
from modules.storage.construct import Bucket, BucketOutputs, BucketRefs
from slipway.config.endpoints import FargateEndpoint, LambdaEndpoint
from slipway.layers import OPTIONAL, layers_of
from slipway.stacks.base import environment_stack
from slipway.stacks.joining import Joined, Network
from slipway.stacks.usage import compiles, fargate_boundary, functions_of, model_usage, prebuilt_repositories, transform_access

if TYPE_CHECKING:
    from slipway.config.environment import EnvironmentConfig

PURPOSES = ("artifacts", "registry", "inference", "logs")
"""Keys of every environment. Each encrypts one kind of thing, so that a grant on one opens nothing else."""


def shared_stack(app: Any, config: EnvironmentConfig) -> Any:
    """`<env>-shared`. Its outputs are what the serving stack reads through remote state."""
    stack = environment_stack(app, config, "shared")
    purposes = PURPOSES if config.notifications is None else (*PURPOSES, "notifications")
    keys = {purpose: _key(stack, config, purpose) for purpose in purposes}
    _registries(stack, config, keys["registry"])
    _buckets(stack, config, keys)
    if config.notifications is not None:
        refs = NotificationsRefs(kms_key_arn=keys["notifications"].arn)
        topics = Notifications(stack, "notifications", naming=config.naming, spec=config.notifications, refs=refs)
        export(stack, "topic", topics.outputs)
    network = Network(stack, config)
    for model in sorted(config.models):
        _execution_role(stack, config, model, keys, network.of(model))
    _access(stack, config)
    return stack


def _key(stack: Any, config: EnvironmentConfig, purpose: Any) -> KeyOutputs:
    key = Key(stack, f"key_{purpose}", naming=config.naming, spec=config.kms, purpose=purpose)
    export(stack, f"key_{purpose}", key.outputs)
    return key.outputs


def _registries(stack: Any, config: EnvironmentConfig, key: KeyOutputs) -> None:
    for name, spec in sorted(config.registries.items()):
        refs = RegistryRefs(kms_key_arn=key.arn, function_arns=functions_of(config, name))
        registry = Registry(stack, f"registry_{name}", naming=config.naming, name=name, spec=spec, refs=refs)
        export(stack, f"registry_{name}", registry.outputs)


def _buckets(stack: Any, config: EnvironmentConfig, keys: dict[str, KeyOutputs]) -> None:
    storage = config.storage
    logs = _bucket(stack, config, storage.access_logs, BucketRefs(load_balancer_logs=_logs_balancers(config)))
    for spec, purpose in ((storage.models, "artifacts"), (storage.data_capture, "inference"), (storage.async_output, "inference")):
        _bucket(stack, config, spec, BucketRefs(kms_key_arn=keys[purpose].arn, access_logs_bucket=logs.name))


def _logs_balancers(config: EnvironmentConfig) -> bool:
    return any(isinstance(entry, FargateEndpoint) and entry.load_balancer.access_logs for entry in config.endpoints.values())


def _bucket(stack: Any, config: EnvironmentConfig, spec: Any, refs: BucketRefs) -> BucketOutputs:
    bucket = Bucket(stack, f"bucket_{spec.purpose}", naming=config.naming, spec=spec, refs=refs)
    export(stack, f"bucket_{spec.purpose}", bucket.outputs)
    return bucket.outputs


def _execution_role(stack: Any, config: EnvironmentConfig, model: str, keys: dict[str, KeyOutputs], joined: Joined) -> None:
    used = model_usage(config, model)
    storage, naming = config.storage, config.naming
    refs = ExecutionRoleRefs(
        endpoint_names=used.endpoint_names,
        repository_arns=used.repository_arns,
        models_bucket=storage.models.bucket_name(naming) if used.reads_artifacts else None,
        artifacts_key_arn=keys["artifacts"].arn if used.reads_artifacts else None,
        lists_artifacts=used.lists_artifacts,
        capture_bucket=storage.data_capture.bucket_name(naming) if used.capture_prefixes else None,
        capture_prefixes=used.capture_prefixes,
        async_bucket=storage.async_output.bucket_name(naming) if used.async_output_prefixes else None,
        async_input_prefixes=used.async_input_prefixes,
        async_output_prefixes=used.async_output_prefixes,
        compiles=used.compiles,
        transforms=used.transforms,
        transform_inputs=used.transform_inputs,
        transform_outputs=used.transform_outputs,
        inference_key_arn=keys["inference"].arn,
        topic_arns=used.topic_arns,
        subnet_ids=used.subnet_ids or joined.subnet_ids,
        security_group_ids=used.security_group_ids or joined.security_group_ids,
    )
    spec = config.models[model].execution_role
    role = ExecutionRole(stack, f"role_{model}", naming=naming, name=model, spec=spec, refs=refs)
    export(stack, f"role_{model}", role.outputs)


def _access(stack: Any, config: EnvironmentConfig) -> None:
    if not (config.access.has_deploy_role or config.access.has_read_only_role):
        return
    access = Access(stack, "access", naming=config.naming, spec=config.access, refs=access_refs(config))
    export(stack, "access", access.outputs)


def access_refs(config: EnvironmentConfig) -> AccessRefs:
    """What people and CI work on, by literal names."""
    naming, storage = config.naming, config.storage
    buckets = [storage.models, storage.data_capture, storage.async_output, storage.access_logs]
    training = list(config.training.pipelines.values()) if config.training else []
    buckets += [storage.training] if training else []
    training_boundaries = {pipeline.permissions_boundary for pipeline in training}
    roles = [model.execution_role for model in config.models.values()]
    boundaries = {role.permissions_boundary for role in roles if role.role_arn is None}
    functions = {name: entry.hosting for name, entry in sorted(config.endpoints.items()) if isinstance(entry, LambdaEndpoint)}
    function_boundaries = {hosting.permissions_boundary for hosting in functions.values()}
    return AccessRefs(
        state_bucket=config.state.bucket_name(naming),
        lock_table=config.state.table_name(naming),
        state_key_alias=state_key_alias(naming),
        artifacts_key_alias=key_alias(naming, "artifacts"),
        artifact_buckets=(storage.models.bucket_name(naming),),
        buckets=tuple(bucket.bucket_name(naming) for bucket in buckets),
        emptied_buckets=tuple(bucket.bucket_name(naming) for bucket in buckets if bucket.force_destroy),
        repositories=tuple(spec.repository_name(naming, name) for name, spec in sorted(config.registries.items())),
        compiles=compiles(config),
        prebuilt_repository_arns=prebuilt_repositories(config),
        execution_role_paths=tuple(sorted({role.path for role in roles if role.role_arn is None})) or ("/",),
        # With one role outside a boundary no common condition is left to demand.
        execution_role_boundaries=() if None in boundaries else tuple(sorted(boundary for boundary in boundaries if boundary)),
        brought_role_arns=tuple(sorted({role.role_arn for role in roles if role.role_arn})),
        optional_layers=tuple(layer for layer in layers_of(config) if layer in OPTIONAL),
        api_boundary=config.api.function.permissions_boundary if config.api else None,
        training_bucket=storage.training.bucket_name(naming),
        training_boundary=training_boundaries.pop() if len(training_boundaries) == 1 else None,
        **transform_access(config),
        fargate=any(isinstance(entry, FargateEndpoint) for entry in config.endpoints.values()),
        fargate_boundary=fargate_boundary(config),
        functions=tuple(function_name(naming, name) for name in functions),
        function_roles=tuple(role_name(naming, name) for name in functions),
        functions_boundary=function_boundaries.pop() if len(function_boundaries) == 1 else None,
        operations_boundary=config.operations.permissions_boundary if config.operations else None,
        load_test_boundary=config.load_test.permissions_boundary if config.load_test else None,
        flow_logs_boundary=config.network.flow_logs.permissions_boundary if isinstance(config.network, CreatedNetwork) else None,
    )
