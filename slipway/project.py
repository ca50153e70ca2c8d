"""Which project a command works on."""

from __future__ import annotations

import os
from pathlib import Path

from slipway.errors import InputError


def project_root(start: Path | None = None) -> Path:
    """The folder with `environments/`: SLIPWAY_ROOT, else the working directory or the nearest one above it.

    Raises `InputError` when there is none.
    """
    if chosen := os.environ.get("SLIPWAY_ROOT"):
        root = Path(chosen).resolve()
        if not (root / "environments").is_dir():
            raise InputError(f"SLIPWAY_ROOT={chosen}: no folder `environments` there", fix="unset it, or name a Slipway project")
        return root
    here = (start or _working_directory()).resolve()
    for folder in (here, *here.parents):
        if (folder / "environments").is_dir():
            return folder
    raise InputError(f"no folder `environments` in {here} or above it", fix="run slipway inside a Slipway project, or set SLIPWAY_ROOT")


def checkout_root() -> Path:
    """Like `project_root`, for what belongs to Slipway's own checkout: its sample model and its documentation."""
    root = project_root()
    if not (root / "examples" / "wine").is_dir():
        raise InputError(f"{root} is not Slipway's own checkout", fix="run this in the checkout, without SLIPWAY_ROOT")
    return root


def _working_directory() -> Path:
    try:
        return Path.cwd()
    except FileNotFoundError:
        raise InputError("the working directory no longer exists", fix="change to a Slipway project") from None
