"""What each model uses, read off the environment: the ground its role's permissions stand on. Pure: loads no toolkit."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from modules._shared.prebuilt import locate
from modules.batch_transform.spec import BatchTransformConfig
from modules.endpoint_config.spec import AsynchronousConfig, InstancesConfig, ServerlessConfig
from modules.endpoint_config.variants import Variant
from modules.fargate_endpoint.spec import FargateConfig
from modules.identity.execution import TransformPlace
from modules.lambda_endpoint.spec import function_name
from modules.model.spec import MultiModelContainerSpec, containers, has_artifact

if TYPE_CHECKING:
    from slipway.config.endpoints import AnyEndpoint
    from slipway.config.environment import EnvironmentConfig

MANY = 20
"""Above this many endpoints of one model its role names them by the environment's prefix: IAM takes 10,240 characters of inline policy."""


@dataclass(frozen=True)
class Usage:
    """Endpoints, repositories and prefixes of one model. Prefixes end in `/`; ARNs and physical names are literals."""

    endpoint_names: tuple[str, ...]
    repository_arns: tuple[str, ...]
    reads_artifacts: bool
    lists_artifacts: bool
    capture_prefixes: tuple[str, ...]
    async_input_prefixes: tuple[str, ...]
    async_output_prefixes: tuple[str, ...]
    compiles: bool
    transforms: bool
    transform_inputs: tuple[TransformPlace, ...]
    transform_outputs: tuple[TransformPlace, ...]
    topic_arns: tuple[str, ...]
    subnet_ids: tuple[str, ...]
    security_group_ids: tuple[str, ...]


def model_usage(config: EnvironmentConfig, model: str) -> Usage:
    """What the environment lets `model` touch."""
    spec = config.models[model]
    parts = containers(spec).values()
    served = {name: endpoint for name, endpoint in sorted(config.sagemaker_endpoints.items()) if model in models_of(endpoint)}
    waiting = {name: e for name, e in served.items() if isinstance(e, AsynchronousConfig)}
    batches = {name: entry for name, entry in transforms(config).items() if entry.model == model}
    own = sorted({config.registries[part.registry].repository_name(config.naming, part.registry) for part in parts if part.registry})
    kept = {locate(part.prebuilt, "inference", config.region).repository_arn for part in parts if part.prebuilt}
    topics = {t for e in waiting.values() for t in (e.hosting.success_topic, e.hosting.error_topic) if t}
    return Usage(
        endpoint_names=tuple(map(config.naming.name, served)) if len(served) <= MANY else (config.naming.name("*"),),
        repository_arns=(*(config.naming.arn("ecr", f"repository/{name}") for name in own), *sorted(kept)),
        reads_artifacts=any(has_artifact(part) for part in parts),
        lists_artifacts=any(isinstance(part, MultiModelContainerSpec) or part.model_data == "uncompressed" for part in parts),
        capture_prefixes=_few(tuple(f"{name}/" for name, endpoint in served.items() if _captures(endpoint)), ("",)),
        async_input_prefixes=_few(tuple(f"{name}/input/" for name in (*waiting, *batches)), ("*/input/",)),
        async_output_prefixes=_few(
            tuple(f"{name}/{kind}/" for name in waiting for kind in ("output", "failure")) + tuple(f"{name}/output/" for name in batches),
            ("*/output/", "*/failure/"),
        ),
        compiles=any(getattr(part, "optimize", None) for part in parts),
        transforms=bool(batches),
        transform_inputs=tuple(_input(entry) for entry in batches.values() if entry.transform.transform_input.s3_uri),
        transform_outputs=tuple(_output(entry) for entry in batches.values() if entry.transform.transform_output.s3_output_path),
        topic_arns=tuple(sorted(topics)),
        subnet_ids=spec.vpc_config.subnets if spec.vpc_config else (),
        security_group_ids=spec.vpc_config.security_group_ids if spec.vpc_config else (),
    )


def functions_of(config: EnvironmentConfig, registry: str) -> list[str]:
    """ARNs of the Lambda functions that are made of images of a repository; by the environment's prefix when they are many."""
    used = [
        name for name, entry in config.other_hosting.items() if entry.hosting.kind == "lambda" and _image(config, entry.model) == registry
    ]
    names = sorted(function_name(config.naming, name) for name in used) if len(used) <= MANY else [config.naming.name("*")]
    return [config.naming.arn("lambda", f"function:{name}") for name in names]


def _image(config: EnvironmentConfig, model: str) -> str:
    """The repository of a model of one container."""
    (part, *_) = containers(config.models[model]).values()
    return part.registry


def _few(prefixes: tuple[str, ...], pattern: tuple[str, ...]) -> tuple[str, ...]:
    """The prefixes themselves, or the pattern that covers them when they are many."""
    return prefixes if len(prefixes) <= MANY else pattern


def transforms(config: EnvironmentConfig) -> dict[str, BatchTransformConfig]:
    """The entries of kind batch_transform, by key."""
    return {name: entry for name, entry in sorted(config.other_hosting.items()) if isinstance(entry, BatchTransformConfig)}


def compiles(config: EnvironmentConfig) -> bool:
    """Whether Neo compiles any model of the environment."""
    return any(getattr(part, "optimize", None) for spec in config.models.values() for part in containers(spec).values())


def prebuilt_repositories(config: EnvironmentConfig) -> tuple[str, ...]:
    """ARNs of the repositories of AWS's own registry that models run images of."""
    parts = [part.prebuilt for spec in config.models.values() for part in containers(spec).values()]
    return tuple(sorted({locate(image, "inference", config.region).repository_arn for image in parts if image}))


def transform_access(config: EnvironmentConfig) -> dict[str, Any]:
    """Of AccessRefs: the bucket of batch transforms, and the permissions boundary of all schedules' roles, if they have one in common."""
    found = {entry.schedule.permissions_boundary for entry in transforms(config).values() if entry.schedule}
    bucket = config.storage.async_output.bucket_name(config.naming) if transforms(config) else ""
    return {"transform_bucket": bucket, "transform_boundary": found.pop() if len(found) == 1 else None}


def fargate_boundary(config: EnvironmentConfig) -> str | None:
    """The permissions boundary that the roles of all models on Fargate have; None when one has none, or they differ."""
    found = {entry.permissions_boundary for entry in config.endpoints.values() if isinstance(entry, FargateConfig)}
    return found.pop() if len(found) == 1 else None


def _input(entry: BatchTransformConfig) -> TransformPlace:
    """The folder of the input: a manifest's files are below it too."""
    source = entry.transform.transform_input
    return _place(str(source.s3_uri).rpartition("/")[0] + "/", source.kms_key_arn)


def _output(entry: BatchTransformConfig) -> TransformPlace:
    target = entry.transform.transform_output
    return _place(str(target.s3_output_path).rstrip("/") + "/", target.kms_key_id)


def _place(uri: str, key: str | None) -> TransformPlace:
    bucket, _, prefix = uri.removeprefix("s3://").partition("/")
    return TransformPlace(bucket, prefix, key)


def models_of(endpoint: AnyEndpoint) -> set[str]:
    """Keys of the models behind an endpoint's production and shadow variants."""
    return {variant.model for variant in _all_variants(endpoint)}


def _all_variants(endpoint: AnyEndpoint) -> Iterator[Variant]:
    yield from endpoint.variants
    if isinstance(endpoint, InstancesConfig):
        yield from endpoint.shadow_variants


def _captures(endpoint: AnyEndpoint) -> bool:
    capture = None if isinstance(endpoint, ServerlessConfig) else endpoint.data_capture
    return capture is not None and capture.sampling_percentage > 0
