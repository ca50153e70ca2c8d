"""Threads for what no client waits for: copies to shadow variants and asynchronous invocations. They never keep the process alive."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from typing import Any

LOG = logging.getLogger("slipway.localaws")
MOST = 64
"""Threads at a time. A copy for a shadow beyond that is dropped, as AWS drops copies that its shadow cannot take."""

_lock = threading.Lock()
_running = 0


def submit(function: Callable[..., Any], *arguments: Any) -> bool:
    """Run it in a daemon thread. False when MOST run already; then it is not run."""
    global _running
    with _lock:
        if _running >= MOST:
            return False
        _running += 1
    threading.Thread(target=_run, args=(function, arguments), name="local-aws-worker", daemon=True).start()
    return True


def start(function: Callable[..., Any], *arguments: Any) -> None:
    """Run it in a daemon thread, however many run: for what is short and must not be dropped."""
    threading.Thread(target=_logged, args=(function, arguments), name="local-aws-worker", daemon=True).start()


def forget() -> None:
    """Drop what waits: notifications of alarms, captured records that are not written, asynchronous requests that have not begun."""
    from slipway.localaws.cloudwatch import alarms
    from slipway.localaws.runtime import async_queue, capture

    alarms.forget()
    async_queue.forget()
    capture.forget()


def finish() -> None:
    """Before the end: write out what has been captured."""
    from slipway.localaws.runtime import capture

    capture.flush()


def _run(function: Callable[..., Any], arguments: tuple[Any, ...]) -> None:
    global _running
    try:
        _logged(function, arguments)
    finally:
        with _lock:
            _running -= 1


def _logged(function: Callable[..., Any], arguments: tuple[Any, ...]) -> None:
    try:
        function(*arguments)
    except Exception:
        LOG.exception("background work %s failed", function.__name__)
