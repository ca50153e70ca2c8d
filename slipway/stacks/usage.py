"""What each model uses, read off the environment: the ground its role's permissions stand on. Pure: loads no toolkit."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from modules.endpoint_config.spec import AsynchronousConfig, InstancesConfig, ServerlessConfig
from modules.endpoint_config.variants import Variant
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
    topic_arns: tuple[str, ...]
    subnet_ids: tuple[str, ...]
    security_group_ids: tuple[str, ...]


def model_usage(config: EnvironmentConfig, model: str) -> Usage:
    """What the environment lets `model` touch."""
    spec = config.models[model]
    parts = containers(spec).values()
    served = {name: endpoint for name, endpoint in sorted(config.endpoints.items()) if model in models_of(endpoint)}
    waiting = {name: e for name, e in served.items() if isinstance(e, AsynchronousConfig)}
    repositories = sorted({config.registries[part.image].repository_name(config.naming, part.image) for part in parts})
    topics = {t for e in waiting.values() for t in (e.hosting.success_topic, e.hosting.error_topic) if t}
    return Usage(
        endpoint_names=tuple(map(config.naming.name, served)) if len(served) <= MANY else (config.naming.name("*"),),
        repository_arns=tuple(config.naming.arn("ecr", f"repository/{name}") for name in repositories),
        reads_artifacts=any(has_artifact(part) for part in parts),
        lists_artifacts=any(isinstance(part, MultiModelContainerSpec) or part.model_data == "uncompressed" for part in parts),
        capture_prefixes=_few(tuple(f"{name}/" for name, endpoint in served.items() if _captures(endpoint)), ("",)),
        async_input_prefixes=_few(tuple(f"{name}/input/" for name in waiting), ("*/input/",)),
        async_output_prefixes=_few(
            tuple(f"{name}/{kind}/" for name in waiting for kind in ("output", "failure")), ("*/output/", "*/failure/")
        ),
        topic_arns=tuple(sorted(topics)),
        subnet_ids=spec.vpc_config.subnets if spec.vpc_config else (),
        security_group_ids=spec.vpc_config.security_group_ids if spec.vpc_config else (),
    )


def _few(prefixes: tuple[str, ...], pattern: tuple[str, ...]) -> tuple[str, ...]:
    """The prefixes themselves, or the pattern that covers them when they are many."""
    return prefixes if len(prefixes) <= MANY else pattern


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
