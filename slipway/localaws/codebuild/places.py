"""Folders of builds: `.slipway/local/builds/<pid>/<number>`, and caches of projects that outlive the process.

Each process holds a lock on its own folder, so that what a killed process left behind goes with the next start.
"""

from __future__ import annotations

import fcntl
import itertools
import os
import shutil
import threading
from contextlib import suppress
from pathlib import Path
from typing import IO

from slipway.errors import InputError
from slipway.localaws.record import FOLDER
from slipway.project import project_root

CACHE = "SLIPWAY_LOCAL_CACHE"
"""Environment variable with a checkout that builds take installed tools from: `.venv`, `.tools`, `node_modules` (caches.py)."""
_numbers = itertools.count(1)
_guard = threading.Lock()
_held: dict[Path, IO[str]] = {}


def base() -> Path:
    """`.slipway/local/builds` of the project, or of the working directory where there is no project."""
    try:
        root = project_root()
    except InputError:
        root = Path.cwd()
    return (root / FOLDER / "builds").resolve()


def cache(account: str, region: str, project: str) -> Path:
    """The cache of one project."""
    return base() / "cache" / f"{account}-{region}-{project}"


def new_folder() -> Path:
    """A new, empty, private folder of this process."""
    own = base() / str(os.getpid())
    with _guard:
        if own not in _held:
            _remove_stale()
            own.mkdir(mode=0o700, parents=True, exist_ok=True)
            lock = (own / "lock").open("a")
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            _held[own] = lock
    folder = own / str(next(_numbers))
    folder.mkdir(mode=0o700)
    return folder


def remove(folder: Path) -> None:
    """Remove one build's folder. Caches are links in it, and stay."""
    shutil.rmtree(folder, ignore_errors=True)


def remove_own() -> None:
    """Remove everything of this process."""
    with _guard:
        for folder, lock in _held.items():
            lock.close()
            shutil.rmtree(folder, ignore_errors=True)
        _held.clear()


def _remove_stale() -> None:
    for folder in base().glob("[0-9]*"):
        with suppress(OSError), (folder / "lock").open("a") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(folder, ignore_errors=True)
