"""Where containers live on disk: `.slipway/local/hosting/<pid>/<number>`, short because unix sockets below it have short names.

Each process holds a lock on its own folder, so that folders of dead processes are told apart even when the number is used again.
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

_LOCK_FILE = "lock"
_numbers = itertools.count(1)
_guard = threading.Lock()
_held: dict[Path, IO[str]] = {}


def base() -> Path:
    """`.slipway/local/hosting` of the project, or of the working directory where there is no project."""
    try:
        root = project_root()
    except InputError:
        root = Path.cwd()
    return root / FOLDER / "hosting"


def images() -> Path:
    """The cache of images by digest; it outlives the process."""
    folder = base() / "images"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def new_folder() -> Path:
    """A new, empty, private folder (mode 0700) of this process."""
    folder = _own() / str(next(_numbers))
    folder.mkdir(mode=0o700)
    return folder


def remove(folder: Path) -> None:
    """Remove one folder; what cannot be removed goes with the process's."""
    shutil.rmtree(folder, ignore_errors=True)


def remove_own() -> None:
    """Remove everything of this process."""
    with _guard:
        for folder, lock in _held.items():
            lock.close()
            shutil.rmtree(folder, ignore_errors=True)
        _held.clear()


def remove_stale() -> None:
    """Remove the folders of processes that are gone. One that is locked belongs to a living process and stays."""
    for folder in base().glob("[0-9]*"):
        if folder in _held:
            continue
        with suppress(OSError), (folder / _LOCK_FILE).open("a") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(folder, ignore_errors=True)


def _own() -> Path:
    folder = base() / str(os.getpid())
    with _guard:
        if folder not in _held:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            lock = (folder / _LOCK_FILE).open("a")
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            _held[folder] = lock
    return folder
