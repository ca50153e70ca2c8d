"""The notice board: a piece of memory shared by supervisor, master and workers, where each worker writes its state and counts.

One row of numbers per worker, written by that worker only, read by the others without locks: a number is 8 aligned
bytes. Counts belong to the slot and go on when a worker is replaced.
"""

from __future__ import annotations

import mmap
from enum import IntEnum


class Column(IntEnum):
    """What the numbers of a row mean. Times are time.monotonic() seconds, which all processes share."""

    PID = 0
    STATE = 1
    BEAT = 2
    """When the worker's event loop last showed that it runs."""
    DEADLINE = 3
    """Until when the running prediction must have ended; 0: none is running."""
    PENDING = 4
    """Requests waiting or running."""
    REQUESTS = 5
    CLIENT_ERRORS = 6
    SERVER_ERRORS = 7
    REFUSED = 8
    """Answered 503 because the queue was full."""
    TIMEOUTS = 9
    BATCHES = 10
    BATCHED = 11
    """Requests in all batches."""
    PREDICT_SECONDS = 12
    STARTS = 13
    """Processes this slot has had."""


class State(IntEnum):
    """A worker's state."""

    ABSENT = 0
    STARTING = 1
    READY = 2
    STOPPING = 3


_WIDTH = len(Column)
_BYTES = 8


class Board:
    """Rows for `workers` workers and the master. Made before the first fork; every child then sees the same memory."""

    def __init__(self, workers: int) -> None:
        self.workers = workers
        self._cells = memoryview(mmap.mmap(-1, (workers + 1) * _WIDTH * _BYTES)).cast("d")

    def row(self, worker: int) -> memoryview[float]:
        """The row of one worker, to read and write by Column."""
        return self._cells[worker * _WIDTH : (worker + 1) * _WIDTH]

    @property
    def master(self) -> memoryview[float]:
        """The master's row: only BEAT is used, 0 until the model is loaded."""
        return self.row(self.workers)

    def rows(self) -> list[memoryview[float]]:
        """The workers' rows, by number."""
        return [self.row(worker) for worker in range(self.workers)]

    def any_ready(self) -> bool:
        """Does at least one worker take requests?"""
        return any(int(row[Column.STATE]) == State.READY for row in self.rows())
