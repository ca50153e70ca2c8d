"""An image as something that runs without a container engine: its ENTRYPOINT mapped onto a folder and a Python environment."""

from __future__ import annotations

import gzip
import json
import os
import posixpath
import re
import shutil
import tarfile
import tempfile
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from slipway.artifacts.image_archive import open_image_archive
from slipway.artifacts.image_push import Blob
from slipway.artifacts.limits import MIB
from slipway.artifacts.sample_image import LABEL, PROCESS
from slipway.artifacts.unpack import unpack
from slipway.containers.dockerfile import IMAGE_PATH, ImageConfig, read_dockerfile
from slipway.containers.environment import python_for
from slipway.containers.layout import (
    MODEL_REQUIREMENTS,
    PROGRAM,
    REQUIREMENTS,
    fingerprint,
    image_files,
    make_scripts_executable,
    materialise,
    publish,
)
from slipway.containers.programs import program_folder
from slipway.containers.source import Folder, SavedImage
from slipway.errors import SlipwayError
from slipway.progress import Reporter, Silent

_PYTHON = re.compile(r"python[0-9.]*")
_INITS = ("tini", "dumb-init")
_HOST_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


@dataclass(frozen=True)
class Program:
    """Ready to be started: `argv` and then `serve` or `train`, in `directory`, with `environment` and nothing of this process's own.

    `root` holds the image's files (`/opt/program` is `root/opt/program`); `needs_nginx` says whether it brings a configuration for it.
    """

    argv: tuple[str, ...]
    directory: Path
    environment: dict[str, str] = field(default_factory=dict)
    name: str = ""
    root: Path = Path("/")
    needs_nginx: bool = False


def process_program(source: Folder | SavedImage, cache: Path, reporter: Reporter | None = None) -> Program:
    """The process form of a container folder or of a process image; files and environment are cached by content below `cache`.

    `cache` is the project's `.tools`. InputError for a folder without a usable Dockerfile, SlipwayError for an image that
    only a container engine can run.
    """
    reporter, cache = reporter or Silent(), cache.resolve()
    if isinstance(source, Folder):
        config = read_dockerfile(source.path / "Dockerfile")
        files = image_files(source.path, config)
        root = program_folder(cache, fingerprint(files)[:24], partial(materialise, files))
        return _program(source.path.name, config, root, cache, reporter)
    config, root = _unpacked(source.path, cache)
    return _program(source.path.name, config, root, cache, reporter)


def _unpacked(path: Path, cache: Path) -> tuple[ImageConfig, Path]:
    """Config and root folder of a process image, its one layer unpacked once for each digest."""
    config, labels, layers = saved_config(path)
    if labels.get(LABEL) != PROCESS or layers != 1:
        raise SlipwayError(
            f"{path} is an image for a container engine: it has no process form",
            fix="install docker or podman, or build it with `slipway image build --process`",
        )
    with open_image_archive(path) as saved:
        root = program_folder(cache, saved.digest.removeprefix("sha256:")[:24], partial(_unpack_layer, saved.blobs[1]))
    return config, root


def _unpack_layer(blob: Blob, root: Path) -> None:
    scratch = Path(tempfile.mkdtemp(dir=root.parent, prefix=f".{root.name}."))
    try:
        with blob.open() as layer, (scratch / "layer.tar.gz").open("wb") as out:
            shutil.copyfileobj(layer, out, MIB)
        unpack(scratch / "layer.tar.gz", scratch / "root")
        make_scripts_executable(scratch / "root")
        publish(scratch / "root", root)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def saved_config(path: Path) -> tuple[ImageConfig, dict[str, str], int]:
    """How a saved image runs, its labels, and how many layers it has. SlipwayError when the file is no saved image."""
    try:
        with tarfile.open(path, "r:*") as archive:
            listing = json.load(_member(archive, "manifest.json"))
            document = json.load(_member(archive, listing[0]["Config"]))
    except (tarfile.TarError, OSError, EOFError, ValueError, LookupError, TypeError, gzip.BadGzipFile) as error:
        raise SlipwayError(f"{path} is not a saved image: {error}", fix="write it with `docker save -o FILE IMAGE`") from None
    held = document.get("config") or {}
    labels = {str(key): str(value) for key, value in (held.get("Labels") or {}).items()}
    config = ImageConfig(
        entrypoint=tuple(held.get("Entrypoint") or ()),
        environment=dict(item.partition("=")[::2] for item in held.get("Env") or ()),
        directory=held.get("WorkingDir") or "/",
        labels=labels,
        base=labels.get("slipway.base", ""),
    )
    return config, labels, len(listing[0].get("Layers", []))


def _member(archive: tarfile.TarFile, name: str) -> tarfile.ExFileObject:
    stream = archive.extractfile(name)
    if stream is None:
        raise LookupError(f"{name} is not a file")
    return stream  # type: ignore[return-value]


def _program(name: str, config: ImageConfig, root: Path, cache: Path, reporter: Reporter) -> Program:
    folder = root / PROGRAM.lstrip("/")
    python = python_for(folder / REQUIREMENTS, cache, reporter, extra=folder / MODEL_REQUIREMENTS, version=config.python)
    environment = {key: ":".join(_mapped(part, root) for part in value.split(":")) for key, value in config.environment.items()}
    inside = [part for part in environment.get("PATH", IMAGE_PATH).split(":") if part.startswith(f"{root}/")]
    environment["PATH"] = ":".join([*inside, str(python.parent), _HOST_PATH])
    argv = tuple(_argument(word, root, python) for word in _without_init(config.entrypoint))
    directory = Path(_mapped(config.directory, root))
    if not directory.is_relative_to(root):
        directory = folder if folder.is_dir() else root
    needs_nginx = any(path.name.startswith("nginx") and ".conf" in path.name for path in root.rglob("nginx*"))
    return Program(argv, directory, environment, name, root, needs_nginx)


def _without_init(words: tuple[str, ...]) -> tuple[str, ...]:
    """The command without a leading `tini --` or `dumb-init --`: the launcher reaps and forwards signals itself."""
    if not words or posixpath.basename(words[0]) not in _INITS:
        return words
    rest = words[1:]
    while rest and rest[0].startswith("-"):
        rest, last = rest[1:], rest[0]
        if last == "--":
            break
    return rest


def _mapped(word: str, root: Path) -> str:
    """An absolute path of the image as the path of the same file below `root`; anything else as it is."""
    if not word.startswith("/") or word == "/":
        return word
    place = root / word.lstrip("/")
    return str(place) if place.exists() else word


def _argument(word: str, root: Path, python: Path) -> str:
    mapped = _mapped(word, root)
    base = posixpath.basename(word)
    if mapped == word and _PYTHON.fullmatch(base):
        return str(python)
    if mapped == word and word.startswith("/") and (beside := python.parent / base).exists() and not Path(word).exists():
        return str(beside)  # such as /opt/venv/bin/gunicorn, which the image's builder stage installed
    return os.fspath(mapped)
