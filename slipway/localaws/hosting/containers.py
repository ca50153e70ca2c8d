"""All containers that run, so that none is left when the local AWS is emptied or stops."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TYPE_CHECKING

from slipway.localaws.hosting.errors import Stopped

if TYPE_CHECKING:
    from slipway.containers.launch import Running

_guard = threading.Lock()
_running: set[Running] = set()
_epoch = 0


def launch(start: Callable[[], Running]) -> Running:
    """Call `start` and keep what it starts in mind. Raises what it raises, and Stopped when everything was stopped meanwhile."""
    epoch = _epoch
    running = start()
    with _guard:
        if epoch == _epoch:
            _running.add(running)
            return running
    running.kill()
    raise Stopped


def forget(running: Running) -> None:
    """It has ended."""
    with _guard:
        _running.discard(running)


def kill_all() -> None:
    """Kill every container, and those that are being started as soon as they are."""
    global _epoch
    with _guard:
        _epoch += 1
        doomed = list(_running)
        _running.clear()
    for running in doomed:
        running.kill()


def count() -> int:
    """Containers that run."""
    with _guard:
        return len(_running)
