"""Images of training pipelines, as the lock file pins them. Pure: loads no toolkit."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from slipway.config.files import LOCK_SUFFIX
from slipway.errors import InputError
from slipway.stacks.releases import image_uri

if TYPE_CHECKING:
    from modules.training.spec import PipelineSpec
    from slipway.config.environment import EnvironmentConfig
    from slipway.config.release import ImagePin, ReleaseLock


def step_registries(spec: PipelineSpec) -> set[str]:
    """Keys of `registries` with the images of a pipeline's steps."""
    steps = (spec.processing, spec.evaluation)
    return {spec.image, *(step.image for step in steps if step is not None and step.image)}


def inference_registry(config: EnvironmentConfig, key: str) -> str:
    """Key of `registries` with the image that packages of the pipeline `key` run in."""
    spec = _pipelines(config)[key]
    container = getattr(config.models[spec.model_key(key)], "container", None)  # slipway.config.checks_training: single models only
    return spec.inference_image or str(getattr(container, "registry", ""))


def missing_images(config: EnvironmentConfig, lock: ReleaseLock) -> list[str]:
    """Keys of `registries` whose image the training layer needs and the lock does not pin."""
    missing: set[str] = set()
    for key, spec in _pipelines(config).items():
        missing |= step_registries(spec) - set(lock.images)
        if inference_pin(config, lock, key) is None:
            missing.add(inference_registry(config, key))
    return sorted(missing)


def inference_pin(config: EnvironmentConfig, lock: ReleaseLock, key: str) -> ImagePin | None:
    """The image of packages: the one pinned for its registry, else the one that the model's release runs. None before both."""
    registry = inference_registry(config, key)
    if registry in lock.images:
        return lock.images[registry]
    spec = _pipelines(config)[key]
    release = lock.models.get(spec.model_key(key))
    return release.image if release is not None and spec.inference_image is None else None


def training_images(config: EnvironmentConfig, lock: ReleaseLock) -> tuple[dict[str, str], dict[str, str]]:
    """Key of `registries` -> image, and pipeline -> image of its packages, all by digest. InputError for one that is not pinned."""
    environment = config.naming.environment
    if missing := missing_images(config, lock):
        raise InputError(
            f"environments/{environment}{LOCK_SUFFIX}: no image of {', '.join(missing)}", fix=push_command(environment, missing[0])
        )
    images = {name: image_uri(config.naming, pin) for name, pin in lock.images.items()}
    pins = {key: inference_pin(config, lock, key) for key in _pipelines(config)}
    return images, {key: image_uri(config.naming, pin) for key, pin in pins.items() if pin is not None}


def push_command(environment: str, registry: str) -> str:
    """What pins the image of a registry."""
    return f"slipway image push {environment} --registry {registry} --image FILE|TAG"


def repositories(config: EnvironmentConfig) -> tuple[str, ...]:
    """Names of the ECR repositories that pipelines pull from."""
    keys = {name for key, spec in _pipelines(config).items() for name in (*step_registries(spec), inference_registry(config, key))}
    return tuple(config.registries[name].repository_name(config.naming, name) for name in sorted(keys))


def _pipelines(config: EnvironmentConfig) -> Mapping[str, PipelineSpec]:
    return config.training.pipelines if config.training is not None else {}
