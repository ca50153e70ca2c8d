"""What can be run as a container: a folder with a Dockerfile, a saved image, or an image of a container engine."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from slipway.errors import InputError


@dataclass(frozen=True)
class Folder:
    """A container folder: `Dockerfile`, `requirements.txt` and the program files."""

    path: Path


@dataclass(frozen=True)
class SavedImage:
    """An image as `docker save` (or `podman save --format docker-archive`) writes it."""

    path: Path


@dataclass(frozen=True)
class EngineImage:
    """An image that docker or podman knows or can pull, by its reference."""

    reference: str


Source = Folder | SavedImage | EngineImage


def find_source(name: str) -> Source:
    """What a person means by `name`: a folder, a saved image's file, otherwise the reference of an engine's image.

    InputError for a folder without a Dockerfile and for a file name that does not exist.
    """
    path = Path(name)
    if path.is_dir():
        if not (path / "Dockerfile").is_file():
            raise InputError(f"{path} holds no Dockerfile", fix="name the container's folder, a `docker save` archive or an image")
        return Folder(path.resolve())
    if path.is_file():
        return SavedImage(path.resolve())
    if name.startswith((".", "/", "~")) or name.endswith((".tar", ".tar.gz", ".tgz")):
        raise InputError(f"{name}: no such file or folder", fix="name the container's folder, a `docker save` archive or an image")
    return EngineImage(name)
