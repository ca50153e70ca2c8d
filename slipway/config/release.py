"""The release lock `environments/<env>.lock.yaml`: which artifact and which image each model runs. Git is its history."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

from pydantic import AfterValidator, Field, ValidationError

from modules._shared.spec import Spec
from slipway.config.compose import compose
from slipway.config.explain import explain
from slipway.config.files import lock_path, shown_path
from slipway.config.names import NAME_PATTERN
from slipway.config.nodes import plain
from slipway.config.problems import ConfigErrors
from slipway.config.source import Unreadable, read_text

_REPOSITORY = r"^([a-z0-9.-]+(:[0-9]{1,5})?/)?[a-z0-9]+([._-][a-z0-9]+)*(/[a-z0-9]+([._-][a-z0-9]+)*)*$"
_KEY_PATTERN = NAME_PATTERN[:-1] + "(/" + NAME_PATTERN[1:-1] + ")?$"


def _no_traversal(key: str) -> str:
    if ".." in key.split("/") or "//" in key:
        raise ValueError("an artifact's key has neither empty parts nor ..")
    return key


class ImagePin(Spec):
    """An image that can never be another one."""

    repository: str = Field(pattern=_REPOSITORY, max_length=512, description="ECR repository name, or registry/repository elsewhere.")
    digest: str = Field(pattern=r"^sha256:[0-9a-f]{64}$", description="Digest of the image's manifest.")


class ArtifactPin(Spec):
    """Model data in the models bucket."""

    key: Annotated[str, AfterValidator(_no_traversal)] = Field(
        pattern=r"^[A-Za-z0-9][A-Za-z0-9!_.*'()/=-]*$",
        max_length=1024,
        description="S3 key of the archive, or prefix of uncompressed data.",
    )
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$", description="SHA-256 of the archive, or of the manifest of uncompressed data.")
    size: int = Field(ge=0, description="Bytes.")


class ModelRelease(Spec):
    """What one model, or one container of a pipeline, runs."""

    artifact: ArtifactPin | None = Field(None, description="Model data; none when the image holds it.")
    image: ImagePin = Field(description="Container image.")
    model_package_arn: str | None = Field(
        None,
        pattern=r"^arn:aws[a-z-]*:sagemaker:[a-z0-9-]+:[0-9]{12}:model-package/[A-Za-z0-9-]+(/[0-9]+)?$",
        description="Model package of the registry that artifact and image came from.",
    )


class ReleaseLock(Spec):
    """Everything that is released in one environment."""

    version: int = Field(1, ge=1, le=1, description="Format of the file.")
    models: dict[Annotated[str, Field(pattern=_KEY_PATTERN)], ModelRelease] = Field(
        default_factory=dict, description="Release of `<model>`, or of `<model>/<container>` in a pipeline."
    )
    images: dict[Annotated[str, Field(pattern=NAME_PATTERN)], ImagePin] = Field(
        default_factory=dict, description="Image of a key of `registries` that no model holds, such as the training container."
    )


def load_lock(name: str, root: Path) -> ReleaseLock:
    """The lock of environment `name`; empty when nothing has been released. Raises `ConfigErrors` with every problem."""
    path = lock_path(name, root)
    if not path.exists():
        return ReleaseLock()
    shown = shown_path(path, root)
    try:
        tree, problems = compose(read_text(path, shown), shown)
    except Unreadable as error:
        raise ConfigErrors(f"the release lock of {name} is not valid", [error.problem]) from None
    try:
        lock = ReleaseLock.model_validate(plain(tree))
    except ValidationError as error:
        problems += explain(error, ReleaseLock, tree)
    if problems:
        raise ConfigErrors(f"the release lock of {name} is not valid", problems)
    return lock


def save_lock(name: str, root: Path, lock: ReleaseLock) -> bool:
    """Write the lock, keeping comments and order of what stays. False when nothing changed, and nothing was written.

    The file is replaced in one step: a reader sees the old lock or the new one, never a part of it.
    """
    path = lock_path(name, root)
    if path.exists() and load_lock(name, root) == lock:
        return False
    from slipway.config.roundtrip import replace_text, updated_text

    replace_text(path, updated_text(path, _as_written(lock), _HEADER))
    return True


def _as_written(lock: ReleaseLock) -> dict[str, Any]:
    """The lock as plain data: models and images sorted, options without a value left out."""
    models = {key: lock.models[key].model_dump(exclude_none=True) for key in sorted(lock.models)}
    images = {key: lock.images[key].model_dump() for key in sorted(lock.images)}
    return {"version": lock.version, "models": models, **({"images": images} if images else {})}


_HEADER = "What is released here. Written by `slipway release` and `slipway promote`; review it, do not edit it.\n"
