"""Which files of a container folder lie where in its image: the COPY and ADD instructions, applied to a listing."""

from __future__ import annotations

import hashlib
import posixpath
import shutil
import tempfile
from pathlib import Path

from slipway.artifacts.pack import collect
from slipway.containers.dockerfile import Copy, ImageConfig
from slipway.errors import InputError

PROGRAM = "/opt/program"
"""Where SageMaker's samples, and the process image, keep the program."""
REQUIREMENTS = "requirements.txt"
MODEL_REQUIREMENTS = "model-requirements.txt"
"""What a model's `code/requirements.txt` is called in the build context of its image."""


def image_files(folder: Path, config: ImageConfig) -> dict[str, Path]:
    """Absolute path in the image -> file on disk, in the order of the paths.

    The files that COPY and ADD take from the folder, without caches, a folder `tests` and what `.dockerignore` names; and the
    requirements beside the program, which the process form needs. InputError for a COPY that finds nothing, as a build would fail.
    """
    context = _context(folder)
    placed: dict[str, Path] = {}
    for copy in config.copies:
        placed.update(_placed(folder, context, copy))
    for name in (REQUIREMENTS, MODEL_REQUIREMENTS):
        if (folder / name).is_file():
            placed.setdefault(f"{PROGRAM}/{name}", folder / name)
    return dict(sorted(placed.items()))


def fingerprint(files: dict[str, Path]) -> str:
    """SHA-256 in hex over names, contents and executable bits."""
    digest = hashlib.sha256()
    for name, path in files.items():
        data = path.read_bytes()
        digest.update(f"{name}\0{len(data)}\0{path.stat().st_mode & 0o111:o}\0".encode() + data)
    return digest.hexdigest()


def materialise(files: dict[str, Path], target: Path) -> None:
    """Copy the files to `target`, a root folder that appears only when complete. Files that start with `#!` become executable."""
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = Path(tempfile.mkdtemp(dir=target.parent, prefix=f".{target.name}."))
    try:
        for name, path in files.items():
            place = partial / name.lstrip("/")
            place.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(path, place)
        make_scripts_executable(partial)
        publish(partial, target)
    except BaseException:
        shutil.rmtree(partial, ignore_errors=True)
        raise


def publish(partial: Path, target: Path) -> None:
    """Rename a finished folder into place; when another process was first, theirs stays."""
    try:
        partial.rename(target)
    except OSError:
        if not target.is_dir():
            raise
        shutil.rmtree(partial, ignore_errors=True)


def make_scripts_executable(root: Path) -> None:
    """Give every file that starts with `#!` its executable bits: archives of Slipway store none."""
    for path in root.rglob("*"):
        if path.is_file() and not path.is_symlink():
            with path.open("rb") as stream:
                script = stream.read(2) == b"#!"
            if script:
                path.chmod(0o755)


def _context(folder: Path) -> dict[str, Path]:
    """Every file a build would see, by its name in the folder; caches are left out as in a model archive."""
    if not folder.is_dir():
        raise InputError(f"{folder} is not a folder", fix="name the container's folder")
    entries = collect(folder.resolve())
    files = {entry.name: entry.path for entry in entries if not entry.directory and not entry.name.startswith("tests/")}
    ignore = folder / ".dockerignore"
    if not ignore.is_file():
        return files
    from docker.utils.build import exclude_paths  # type: ignore[import-untyped]

    lines = [line.strip() for line in ignore.read_text(encoding="utf-8").splitlines()]
    kept = exclude_paths(str(folder.resolve()), [line for line in lines if line and not line.startswith("#")])
    return {name: path for name, path in files.items() if name in kept}


def _placed(folder: Path, context: dict[str, Path], copy: Copy) -> dict[str, Path]:
    placed = {}
    for source in copy.sources:
        pattern = posixpath.normpath(source.lstrip("/") or ".")
        found = False
        for name, path in context.items():
            inside = _below(name, pattern)
            if inside is None:
                continue
            found = True
            # The contents of a folder are copied, not the folder itself; a file keeps its name in a folder.
            tail = inside or (posixpath.basename(name) if copy.into_folder else "")
            placed[posixpath.join(copy.target, tail).rstrip("/")] = path
        if not found and not any(character in source for character in "*?["):
            raise InputError(
                f"{folder / 'Dockerfile'} copies {source}, which is not in the build context", fix="add the file, or correct COPY"
            )
    return placed


def _below(name: str, pattern: str) -> str | None:
    """The part of `name` below what `pattern` names; empty when it names the file itself, None when it does not match."""
    from fnmatch import fnmatchcase

    if pattern == ".":
        return name
    wanted, parts = pattern.split("/"), name.split("/")
    if len(parts) < len(wanted) or not all(fnmatchcase(part, glob) for part, glob in zip(parts, wanted, strict=False)):
        return None
    return "/".join(parts[len(wanted) :])
