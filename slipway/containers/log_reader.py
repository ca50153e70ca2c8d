"""A container's log as lines, while it is written and although its keeper gives up the beginning of a long one."""

from __future__ import annotations

import os
from pathlib import Path

MAX_LINE_BYTES = 256 * 1024
"""A longer line comes in pieces: CloudWatch's limit for one event (PutLogEvents), and a bound for what is held in memory."""


class LogReader:
    """Each line of a log once, in their order. What the keeper dropped before it was read is one line that says so. For one thread."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._offset = 0
        self._rest = b""

    def read(self) -> list[bytes] | None:
        """The next lines, without their line feeds, of at most 256 KiB; None when nothing new was written or there is no log yet."""
        chunk = self._chunk()
        if not chunk:
            return None
        *lines, self._rest = (self._rest + chunk).split(b"\n")
        while len(self._rest) >= MAX_LINE_BYTES:
            lines.append(self._rest[:MAX_LINE_BYTES])
            self._rest = self._rest[MAX_LINE_BYTES:]
        return lines

    def rest(self) -> list[bytes]:
        """The last line when it lacks its line feed; for a container that has ended."""
        rest, self._rest = self._rest, b""
        return [rest] if rest else []

    def _chunk(self) -> bytes:
        try:
            with self._path.open("rb", buffering=0) as stream:
                start, chunk = self._offset, b""
                while not chunk or os.lseek(stream.fileno(), start, os.SEEK_DATA) != start:  # dropped between the seek and the read
                    start = os.lseek(stream.fileno(), start, os.SEEK_DATA)
                    chunk = stream.read(MAX_LINE_BYTES)
        except OSError:  # no such file, or nothing behind the offset
            return b""
        dropped, self._offset = start - self._offset, start + len(chunk)
        if dropped:
            self._rest = b""
            return b"(slipway: %d bytes of this log were dropped before they were read)\n%b" % (dropped, chunk.partition(b"\n")[2])
        return chunk
