"""What the lock file pins, as image URIs and S3 URLs. Pure: loads no toolkit."""

from __future__ import annotations

from typing import TYPE_CHECKING

from modules._shared.naming import Naming
from modules.model.spec import MultiModelContainerSpec, containers, has_artifact, release_keys
from slipway.config.files import LOCK_SUFFIX
from slipway.errors import InputError

if TYPE_CHECKING:
    from slipway.config.environment import EnvironmentConfig
    from slipway.config.release import ImagePin, ReleaseLock


def image_uri(naming: Naming, image: ImagePin) -> str:
    """`<registry>/<repository>@<digest>`; a repository without a registry is the environment's own ECR."""
    registry, _, _ = image.repository.partition("/")
    if "." in registry:
        return f"{image.repository}@{image.digest}"
    suffix = "amazonaws.com.cn" if naming.partition == "aws-cn" else "amazonaws.com"
    return f"{naming.account_id}.dkr.ecr.{naming.region}.{suffix}/{image.repository}@{image.digest}"


def missing_releases(config: EnvironmentConfig, lock: ReleaseLock) -> list[str]:
    """Release keys that the environment's models need and the lock does not have."""
    needed = {key for name, spec in config.models.items() for key in release_keys(name, spec).values()}
    return sorted(needed - set(lock.models))


def container_releases(config: EnvironmentConfig, lock: ReleaseLock) -> dict[str, dict[str, dict[str, str]]]:
    """For each model its `images` and `artifacts` by container key.

    Raises `InputError` naming every model without a release, or without the artifact its container reads.
    """
    environment = config.naming.environment
    if missing := missing_releases(config, lock):
        raise InputError(
            f"environments/{environment}{LOCK_SUFFIX}: no release of {', '.join(missing)}",
            fix=f"slipway release {environment} {missing[0].partition('/')[0]}",
        )
    return {name: _of_model(config, lock, name) for name in config.models}


def _of_model(config: EnvironmentConfig, lock: ReleaseLock, name: str) -> dict[str, dict[str, str]]:
    spec, naming = config.models[name], config.naming
    bucket = config.storage.models.bucket_name(naming)
    releases = {part: lock.models[key] for part, key in release_keys(name, spec).items()}
    artifacts = {}
    for part, container in containers(spec).items():
        if not has_artifact(container):
            continue
        pin = releases[part].artifact
        if pin is None:
            raise InputError(
                f"environments/{naming.environment}{LOCK_SUFFIX}: the release of {name} has no artifact, but its container reads one",
                fix=f"release it with an artifact, or set models.{name}.container.model_data: none",
            )
        # A multi-model endpoint loads any archive below its model's prefix; the pin says which one was released last.
        artifacts[part] = f"s3://{bucket}/{f'models/{name}/' if isinstance(container, MultiModelContainerSpec) else pin.key}"
    return {"images": {part: image_uri(naming, release.image) for part, release in releases.items()}, "artifacts": artifacts}
