"""Lines on their way to CloudWatch Logs, written by one thread, so that no request waits for its log.

Used by functions and by API Gateway. Groups that somebody has deleted do not come back, but for a write that says `create`.
"""

from __future__ import annotations

import logging
import queue
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from moto.logs.models import logs_backends

from slipway.localaws.lock import LOCK

LOG = logging.getLogger("slipway.localaws")
LARGEST_EVENT = 256 * 1024 - 26
"""Bytes of one event (API: PutLogEvents)."""


@dataclass(frozen=True)
class Batch:
    """Events of one stream. `lines` may have to wait for them; `create`: make the group if there is none."""

    account: str
    region: str
    group: str
    stream: str
    lines: Callable[[], Iterable[str]]
    create: bool = False


_queue: queue.SimpleQueue[Batch | threading.Event] = queue.SimpleQueue()
_starting = threading.Lock()
_thread: threading.Thread | None = None


def put(batch: Batch) -> None:
    """Write it soon."""
    _queue.put(batch)
    _start()


def flush(seconds: float = 5.0) -> None:
    """Wait until everything put before is written."""
    reached = threading.Event()
    _queue.put(reached)
    _start()
    reached.wait(seconds)


def _start() -> None:
    global _thread
    if _thread is not None:
        return
    with _starting:
        if _thread is None:
            _thread = threading.Thread(target=_run, name="local-aws-logs", daemon=True)
            _thread.start()


def _run() -> None:
    while True:
        item = _queue.get()
        if isinstance(item, threading.Event):
            item.set()
            continue
        try:
            write(item)
        except Exception:
            LOG.exception("log events of %s are lost", item.group)


def write(batch: Batch) -> None:
    """Write it now."""
    events = [{"timestamp": int(time.time() * 1000), "message": line[:LARGEST_EVENT]} for line in batch.lines() if line]
    with LOCK:
        backend = logs_backends[batch.account][batch.region]
        if batch.group not in backend.groups:
            if not batch.create:
                return
            backend.create_log_group(batch.group, {})
        if batch.stream not in backend.groups[batch.group].streams:
            backend.create_log_stream(batch.group, batch.stream)
        if events:
            backend.put_log_events(batch.group, batch.stream, events)
