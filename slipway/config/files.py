"""Which files describe which environment."""

from __future__ import annotations

import re
from pathlib import Path

from slipway.config.names import ENVIRONMENT_PATTERN
from slipway.config.problems import did_you_mean
from slipway.errors import InputError

FOLDER = "environments"
DEFAULTS = "_defaults.yaml"
LOCK_SUFFIX = ".lock.yaml"
MAX_NAME = 20


def environment_names(root: Path) -> list[str]:
    """The environments of the project at `root`: every `environments/<name>.yaml`, sorted. `_*` and locks are none."""
    files = sorted((root / FOLDER).glob("*.yaml"))
    return [file.stem for file in files if not file.name.startswith(("_", ".")) and not file.name.endswith(LOCK_SUFFIX)]


def environment_path(name: str, root: Path) -> Path:
    """The file of the environment. Raises `InputError` naming the known ones when there is none."""
    known = environment_names(root)
    if name not in known:
        where = f"known environments: {', '.join(known)}" if known else f"there is no environment file in {root / FOLDER}"
        near = did_you_mean(name, known) if known else ""
        raise InputError(f"no environment {name[:60]!r}{near if near.startswith('; did') else ''}", fix=where)
    if not re.fullmatch(ENVIRONMENT_PATTERN, name) or len(name) > MAX_NAME:
        raise InputError(
            f"environments/{name}.yaml: an environment's name has at most {MAX_NAME} lower-case letters, digits and single hyphens",
            fix="rename the file",
        )
    return root / FOLDER / f"{name}.yaml"


def lock_path(name: str, root: Path) -> Path:
    """The release lock of an environment that exists; the lock itself may not exist yet."""
    path = environment_path(name, root)
    return path.with_name(f"{name}{LOCK_SUFFIX}")


def shown_path(path: Path, root: Path) -> str:
    """The path as errors show it: relative to the project, with `/`."""
    return path.relative_to(root).as_posix()
