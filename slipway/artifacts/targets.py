"""What a release is about: the containers of the named models, and where each one's model data comes from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from modules.model.spec import AnyContainerSpec, MultiModelContainerSpec, containers, has_artifact, release_keys
from slipway.artifacts.limits import ArchiveRefused
from slipway.errors import InputError

if TYPE_CHECKING:
    from slipway.config.environment import EnvironmentConfig

SOURCES = "examples/{}/model"
"""Where `train.py` writes a model, and `release` looks for it without `--source`; {} is the release key."""


@dataclass(frozen=True)
class Target:
    """One container to release. `key` is its place in the lock: `<model>` or `<model>/<container>`."""

    key: str
    model: str
    container: AnyContainerSpec

    @property
    def has_artifact(self) -> bool:
        """Whether the container loads model data from S3."""
        return has_artifact(self.container)

    @property
    def uncompressed(self) -> bool:
        """Whether its model data is a prefix of files, not an archive."""
        return not isinstance(self.container, MultiModelContainerSpec) and self.container.model_data == "uncompressed"

    @property
    def outside_ecr(self) -> bool:
        """Whether its image lives in a private Docker registry, which only SageMaker can reach."""
        config = self.container.image_config
        return config is not None and config.repository_access_mode == "Vpc"


def targets(config: EnvironmentConfig, names: Sequence[str]) -> list[Target]:
    """The containers of `names`: models, or `model/container` of a pipeline; every container when empty. InputError for an unknown one."""
    every = [
        Target(key, model, containers(spec)[part])
        for model, spec in sorted(config.models.items())
        for part, key in release_keys(model, spec).items()
    ]
    known = {target.key for target in every} | {target.model for target in every}
    if unknown := [name for name in names if name not in known]:
        raise InputError(f"{config.name} has no model {unknown[0]!r}", fix=f"models there: {', '.join(sorted(known)) or 'none'}")
    return [target for target in every if not names or target.key in names or target.model in names]


def find_source(root: Path, target: Target, named: Path | None) -> Path | None:
    """The folder or archive to release: the one named, else `examples/<model>/model` when it exists, else None."""
    if not target.has_artifact:
        if named is not None:
            raise InputError(f"{target.key} takes no model data (model_data: none)", fix="leave --source out")
        return None
    if named is None:
        default = root / SOURCES.format(target.key)
        return default if default.is_dir() else None
    if not named.exists():
        raise InputError(f"--source {named}: no such file or folder", fix="name the model's folder or its .tar.gz")
    if target.uncompressed and not named.is_dir():
        raise ArchiveRefused(f"{target.key} takes uncompressed model data, and {named} is a file", fix="name the folder")
    return named
