"""Which files a container read, seen by the kernel (inotify), whatever the container is made of. Linux only.

A file counts when it was read, or opened for nothing but reading (mmap is not seen otherwise).
"""

from __future__ import annotations

import ctypes
import errno
import os
import struct
import sys
from pathlib import Path

_IN_ACCESS, _IN_CLOSE_NOWRITE, _IN_ISDIR, _IN_NONBLOCK = 0x1, 0x10, 0x40000000, 0o4000
_EVENT = struct.Struct("iIII")


class Opened:
    """Watches files below folders from the moment it is made. Use it with `with`."""

    def __init__(self, *folders: Path) -> None:
        """Watch every folder and what is below it now. OSError when the kernel has no watches left."""
        self._libc = ctypes.CDLL(None, use_errno=True)
        self._folders: dict[int, Path] = {}
        self._files: set[Path] = set()
        self._queue = self._libc.inotify_init1(_IN_NONBLOCK)
        if self._queue < 0:
            raise OSError(ctypes.get_errno(), "inotify_init1")
        for folder in folders:
            for place in (folder, *(path for path in sorted(folder.rglob("*")) if path.is_dir())):
                self._watch(place)

    @staticmethod
    def possible() -> bool:
        """Whether this system can tell."""
        return sys.platform == "linux"

    def _watch(self, folder: Path) -> None:
        number = self._libc.inotify_add_watch(self._queue, os.fsencode(folder), _IN_ACCESS | _IN_CLOSE_NOWRITE)
        if number < 0:
            code = ctypes.get_errno()
            raise OSError(code, os.strerror(code), str(folder))
        self._folders[number] = folder

    def files(self) -> set[Path]:
        """The files read so far."""
        while data := self._read():
            offset = 0
            while offset < len(data):
                number, mask, _, length = _EVENT.unpack_from(data, offset)
                name = data[offset + _EVENT.size : offset + _EVENT.size + length].rstrip(b"\0")
                offset += _EVENT.size + length
                if name and not mask & _IN_ISDIR and number in self._folders:
                    self._files.add(self._folders[number] / os.fsdecode(name))
        return self._files

    def _read(self) -> bytes:
        try:
            return os.read(self._queue, 65536)
        except OSError as error:
            if error.errno == errno.EAGAIN:
                return b""
            raise

    def __enter__(self) -> Opened:
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self._queue)
