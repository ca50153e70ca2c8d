"""Build the image of a container folder, with a model's own requirements resolved now and never at start."""

from __future__ import annotations

import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from slipway.artifacts.image_archive import open_image_archive
from slipway.artifacts.limits import ArchiveRefused
from slipway.artifacts.pack import IGNORED
from slipway.artifacts.read import ArchiveReader
from slipway.artifacts.sample_image import build_image_archive
from slipway.containers.builders import build, find_builder
from slipway.containers.layout import MODEL_REQUIREMENTS
from slipway.errors import InputError, SlipwayError
from slipway.progress import Reporter, Silent

CODE_REQUIREMENTS = "code/requirements.txt"
ARCHITECTURES = ("amd64", "arm64")
_MAX_REQUIREMENTS = 1024 * 1024


@dataclass(frozen=True)
class BuiltImage:
    """A `docker save` archive ready to push. `size` in bytes; `builder` is `process` for a process image."""

    path: Path
    digest: str
    tag: str
    size: int
    builder: str


def build_image(
    folder: Path,
    target: Path,
    *,
    tag: str = "",
    architecture: str = "amd64",
    model: Path | None = None,
    process: bool = False,
    reporter: Reporter | None = None,
) -> BuiltImage:
    """Build container folder `folder` into the archive `target`, for `linux/<architecture>`.

    `model`: a model's folder or archive whose `code/requirements.txt` is installed too. `process`: write the process image for the
    local AWS instead, which needs no builder. Raises InputError for bad input, SlipwayError when no builder exists or it fails.
    """
    reporter = reporter or Silent()
    if not (folder / "Dockerfile").is_file():
        raise InputError(f"{folder} holds no Dockerfile", fix="name a container folder such as containers/inference")
    name = re.sub(r"[^a-z0-9]+", "-", folder.name.lower()).strip("-") or "container"
    tag = tag or f"slipway/{name}:latest"
    with _model_requirements(model) as requirements:
        if process:
            reporter.step("image", f"writing the process image of {folder}")
            build_image_archive(folder, target, architecture=architecture, model_requirements=requirements)
            used = "process"
        else:
            builder = find_builder()
            with _context(folder, requirements) as context:
                build(builder, context, target, tag=tag, platform=f"linux/{architecture}", reporter=reporter)
            used = builder.name
    with open_image_archive(target) as saved:
        built = (saved.config.get("os"), saved.config.get("architecture"))
        digest = saved.digest
    if built != ("linux", architecture):
        raise SlipwayError(
            f"{used} built {built[0]}/{built[1]}, not linux/{architecture}", fix="enable emulation (binfmt) or build elsewhere"
        )
    return BuiltImage(target, digest, tag, target.stat().st_size, used)


@contextmanager
def _context(folder: Path, requirements: Path | None) -> Iterator[Path]:
    """The build context: the folder itself with the model's requirements (an empty file when it has none) beside the Dockerfile."""
    named = MODEL_REQUIREMENTS.partition(".")[0] in (folder / "Dockerfile").read_text(encoding="utf-8")
    if requirements is not None and not named:
        raise InputError(
            f"the model brings {CODE_REQUIREMENTS}, but {folder / 'Dockerfile'} does not install {MODEL_REQUIREMENTS}",
            fix=f"copy and install {MODEL_REQUIREMENTS} there, as containers/inference/Dockerfile does",
        )
    with tempfile.TemporaryDirectory(prefix="slipway-build-") as scratch:
        context = Path(scratch) / folder.name
        shutil.copytree(folder, context, ignore=lambda _path, names: IGNORED.intersection(names))
        if requirements is not None:
            shutil.copy(requirements, context / MODEL_REQUIREMENTS)
        elif named:
            (context / MODEL_REQUIREMENTS).touch()
        yield context


@contextmanager
def _model_requirements(model: Path | None) -> Iterator[Path | None]:
    """The model's `code/requirements.txt` as a file, taken from its folder or archive; None when it has none."""
    if model is None or model.is_dir():
        file = model / CODE_REQUIREMENTS if model else None
        yield file if file is not None and file.is_file() else None
        return
    with tempfile.TemporaryDirectory(prefix="slipway-build-") as scratch:
        content = _from_archive(model)
        if content is None:
            yield None
            return
        file = Path(scratch) / MODEL_REQUIREMENTS
        file.write_bytes(content)
        yield file


def _from_archive(model: Path) -> bytes | None:
    if not model.is_file():
        raise InputError(f"{model}: no such file or folder", fix="name the model's folder or its .tar.gz")
    found = None
    with ArchiveReader(model) as reader:
        for member in reader:
            if member.problem:
                raise ArchiveRefused(f"{model}: {member.name!r}: {member.problem}", fix="see `slipway model inspect`")
            if member.name == CODE_REQUIREMENTS:
                found = reader.content(_MAX_REQUIREMENTS)
    return found
