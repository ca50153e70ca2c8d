"""Start a container with another entry point than its image's, as SageMaker does for processing jobs."""

from __future__ import annotations

import posixpath
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from slipway.containers.environment import tools_folder
from slipway.containers.launch import free_port, prepare, start_program
from slipway.containers.program import Program, process_program
from slipway.containers.running import Running
from slipway.containers.source import Folder, SavedImage
from slipway.errors import InputError


def start_custom(
    source: Folder | SavedImage,
    *,
    entrypoint: Sequence[str],
    arguments: Sequence[str],
    root: Path,
    environment: Mapping[str, str],
    tools: Path | None = None,
) -> Running:
    """Run `entrypoint` (empty: the image's own) with `arguments` in the image's folder, variables and Python environment.

    `root` as in `launch.start`. InputError when nothing is to be run, or the first word is neither in the image nor installed.
    """
    root = root.resolve()
    prepare(root, None)
    program = process_program(source, (tools or tools_folder()).resolve())
    argv = tuple(_in_image(word, program) for word in entrypoint) or program.argv
    if not argv:
        raise InputError(f"{program.name} has no entry point", fix="give ContainerEntrypoint")
    return start_program(replace(program, argv=argv), arguments, root=root, environment=environment, port=free_port())


def _in_image(word: str, program: Program) -> str:
    """An absolute path of the image as the file below the program's root; `/usr/bin/python3` as the interpreter of its environment."""
    if not word.startswith("/") or Path(word).is_relative_to(program.root):
        return word
    inside = program.root / word.lstrip("/")
    if inside.exists():
        return str(inside)
    name = posixpath.basename(word)
    return shutil.which(name, path=program.environment["PATH"]) or word if name.startswith("python") or not Path(word).exists() else word
