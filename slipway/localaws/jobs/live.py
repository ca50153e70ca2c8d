"""All jobs at work: one thread each, and the end of everything.

Reset and stop of the local AWS cancel every work: the job kills its container and ends, and they wait for its thread.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

LOG = logging.getLogger("slipway.localaws")
JOIN_SECONDS = 5.0

_guard = threading.Lock()
_works: set[Work] = set()
_holding = False


class Work:
    """One job's thread. `cancelled`: the local AWS is being emptied."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.cancelled = threading.Event()
        self.thread: threading.Thread | None = None


def hold() -> None:
    """The journal is about to be replayed: jobs in it are records of what was, and do not run again."""
    global _holding
    _holding = True


def begin() -> None:
    """From now on jobs run."""
    global _holding
    _holding = False


def holding() -> bool:
    """Whether the journal is being replayed."""
    return _holding


def start(name: str, body: Callable[[Work], None], failed: Callable[[str], None]) -> Work:
    """Run `body` in a thread of its own. What breaks in it unforeseen goes to the log and, as a reason, to `failed`."""
    work = Work(name)

    def run() -> None:
        try:
            body(work)
        except Exception as error:
            if not work.cancelled.is_set():
                LOG.exception("job %s failed", name)
                failed(f"InternalServerError: the local AWS failed: {type(error).__name__}: {error}")
        finally:
            with _guard:
                _works.discard(work)

    work.thread = threading.Thread(target=run, name=f"job-{name}", daemon=True)
    with _guard:
        _works.add(work)
    work.thread.start()
    return work


def running() -> int:
    """Jobs at work."""
    with _guard:
        return len(_works)


def forget() -> None:
    """Cancel all jobs and wait for their threads. Called without the lock of the local AWS; a second call does nothing."""
    with _guard:
        doomed = list(_works)
    for work in doomed:
        work.cancelled.set()
    for work in doomed:
        if work.thread is not None and work.thread is not threading.current_thread():
            work.thread.join(JOIN_SECONDS)
