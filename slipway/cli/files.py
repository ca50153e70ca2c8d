"""Files that a person names as a command's output: checked before the work begins, written whole or not at all."""

from __future__ import annotations

import os
from pathlib import Path

from slipway.errors import InputError


def check_file(option: str, path: Path | None) -> None:
    """InputError unless a file can be written at `path`; `option` is what named it, such as `--markdown`. Writes nothing."""
    if path is None:
        return
    if path.is_dir():
        raise InputError(f"{option} {path}: is a folder", fix="name a file in it")
    if not path.parent.is_dir():
        raise InputError(f"{option} {path}: there is no folder {path.parent}", fix="make it, or name another file")
    if not os.access(path if _special(path) else path.resolve().parent, os.W_OK):
        raise InputError(f"{option} {path}: no permission to write there", fix="name another file")


def check_folder(option: str, folder: Path | None) -> None:
    """InputError unless files can be written below `folder`, which need not exist yet. Writes nothing."""
    if folder is None:
        return
    nearest = next(path for path in (folder.resolve(), *folder.resolve().parents) if path.exists())
    if not nearest.is_dir():
        raise InputError(f"{option} {folder}: {nearest} is not a folder", fix="name another folder")
    if not os.access(nearest, os.W_OK | os.X_OK):
        raise InputError(f"{option} {folder}: no permission to write in {nearest}", fix="name another folder")


def write_file(option: str, path: Path, text: str) -> None:
    """Write the file in one step: a reader sees the old one or the new one, never a part. InputError when that fails."""
    from slipway.config.roundtrip import replace_text

    try:
        if _special(path):
            path.write_text(text, encoding="utf-8")
        else:
            replace_text(path.resolve(), text)
    except OSError as error:
        raise InputError(f"{option} {path}: {error.strerror or error}", fix="name another file") from None


def _special(path: Path) -> bool:
    """A pipe or a device, such as /dev/stdout: it cannot be replaced."""
    return path.exists() and not path.is_file()
