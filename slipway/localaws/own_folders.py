"""Folders below `.slipway/local/` that belong to one process of the local AWS: `<kind>/<pid>/<number>`.

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


class OwnFolders:
    """All folders of one kind. The names stay short: unix sockets below them have short names."""

    def __init__(self, kind: str) -> None:
        self._kind = kind
        self._numbers = itertools.count(1)
        self._guard = threading.Lock()
        self._held: dict[Path, IO[str]] = {}

    def base(self) -> Path:
        """`.slipway/local/<kind>` of the project, or of the working directory where there is no project."""
        try:
            root = project_root()
        except InputError:
            root = Path.cwd()
        return root / FOLDER / self._kind

    def new(self) -> Path:
        """A new, empty, private folder (mode 0700) of this process."""
        folder = self._own() / str(next(self._numbers))
        folder.mkdir(mode=0o700)
        return folder

    def remove_own(self) -> None:
        """Remove everything of this process."""
        with self._guard:
            for folder, lock in self._held.items():
                lock.close()
                shutil.rmtree(folder, ignore_errors=True)
            self._held.clear()

    def remove_stale(self) -> None:
        """Remove the folders of processes that are gone. One that is locked belongs to a living process and stays."""
        for folder in self.base().glob("[0-9]*"):
            if folder in self._held:
                continue
            with suppress(OSError), (folder / _LOCK_FILE).open("a") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(folder, ignore_errors=True)

    @staticmethod
    def remove(folder: Path) -> None:
        """Remove one folder; links in it are not followed. What cannot be removed goes with the process's."""
        shutil.rmtree(folder, ignore_errors=True)

    def _own(self) -> Path:
        folder = self.base() / str(os.getpid())
        with self._guard:
            if folder not in self._held:
                self.remove_stale()
                folder.mkdir(mode=0o700, parents=True, exist_ok=True)
                lock = (folder / _LOCK_FILE).open("a")
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                self._held[folder] = lock
        return folder
