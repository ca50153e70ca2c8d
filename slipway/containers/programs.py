"""The program folders of `.tools/programs`: one for each content, made once, dropped when nothing used it for a week."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from slipway.containers.environment import locked

UNUSED_SECONDS = 7 * 86_400
"""A folder's time of modification is the time of its last use."""


def program_folder(cache: Path, key: str, make: Callable[[Path], None]) -> Path:
    """`cache/programs/key`, filled by `make(folder)` when it is missing; folders unused for 7 days go when a new one is made.

    Under a lock, so that nobody drops a folder that another process is about to use.
    """
    folder = cache / "programs" / key
    folder.parent.mkdir(parents=True, exist_ok=True)
    with locked(cache / "programs.lock"):
        new = not folder.is_dir()
        if new:
            make(folder)
        os.utime(folder)
        if new:
            _drop_unused(folder.parent)
    return folder


def _drop_unused(programs: Path) -> None:
    """Left are those in use: a container's keeper stays in its program's folder. Where there is no /proc nothing can be dropped."""
    proc, used = Path("/proc"), set()
    if not proc.is_dir():
        return
    for link in proc.glob("[0-9]*/cwd"):
        with suppress(OSError, ValueError):
            used.add(link.readlink().relative_to(programs).parts[0])
    for folder in programs.iterdir():
        if folder.name not in used and folder.stat().st_mtime < time.time() - UNUSED_SECONDS:
            shutil.rmtree(folder, ignore_errors=True)
