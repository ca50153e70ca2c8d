"""nginx writes its access log and its errors into two pipes; here they become lines of the container's own log.

nginx opens /dev/stdout anew. Where that is somebody else's pipe or a socket the kernel refuses; a pipe of our own is
always allowed, and no line is ever cut by another process's.
"""

from __future__ import annotations

import contextlib
import os
import selectors
from collections.abc import Callable
from typing import Any

_READ = 1 << 20


class Relay:
    """One pipe: whole lines go to `write` as they come."""

    def __init__(self, pipe: Any, selector: selectors.BaseSelector, write: Callable[[bytes], None]) -> None:
        self._pipe, self._selector, self._write, self._tail = pipe, selector, write, b""
        os.set_blocking(pipe.fileno(), False)
        selector.register(pipe, selectors.EVENT_READ, self.read)

    def read(self, _: Any = None) -> None:
        """Hand over what has come, up to the last line's end; the end of the pipe ends the registration."""
        try:
            data = os.read(self._pipe.fileno(), _READ)
        except (BlockingIOError, ValueError):
            return
        if not data:
            with contextlib.suppress(KeyError, ValueError):
                self._selector.unregister(self._pipe)
        whole, end, self._tail = (self._tail + data).rpartition(b"\n")
        if whole:
            self._write(whole + end)
