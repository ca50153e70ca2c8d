"""Reads a gzip file as a stream with hard limits: truncation, damage and bombs end it early and clearly."""

from __future__ import annotations

import zlib
from pathlib import Path
from types import TracebackType

from slipway.artifacts.limits import MIB, ArchiveRefused, Limits

_CHUNK = MIB
_GZIP = 31  # zlib's wbits for gzip framing, checksum and length verified


class GzipSource:
    """A gzip file's expanded bytes. `expanded` and `compressed` count what has passed so far."""

    def __init__(self, path: Path, limits: Limits) -> None:
        self._path = path
        self._limits = limits
        self._file = path.open("rb")
        self._inflate = zlib.decompressobj(_GZIP)
        self._pending = b""
        self.expanded = 0
        self.compressed = 0

    def __enter__(self) -> GzipSource:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._file.close()

    def read(self, size: int) -> bytes:
        """Exactly `size` expanded bytes, fewer only at the end of an undamaged stream."""
        parts = []
        while size:
            part = self._next(size)
            if not part:
                break
            parts.append(part)
            size -= len(part)
        return b"".join(parts)

    def _next(self, most: int) -> bytes:
        while True:
            if self._inflate.eof and not self._another_member():
                return b""
            if not self._pending:
                self._pending = self._file.read(_CHUNK)
                self.compressed += len(self._pending)
            try:
                part = self._inflate.decompress(self._pending, min(most, _CHUNK))
            except zlib.error as error:
                raise self._refused(f"it is not a gzip file, or damaged ({error})") from None
            starved = not self._pending and not part and not self._inflate.eof
            self._pending = self._inflate.unused_data if self._inflate.eof else self._inflate.unconsumed_tail
            if part:
                return self._counted(part)
            if starved:
                raise self._refused("it is truncated" if self.compressed else "it is empty")

    def _another_member(self) -> bool:
        """Whether a further gzip member follows (as `cat a.gz b.gz` makes); zeros after the end are padding."""
        self._pending = self._pending or self._file.read(_CHUNK)
        if not self._pending:
            return False
        if self._pending[0] == 0:
            self._only_zeros_left()
            return False
        self._inflate = zlib.decompressobj(_GZIP)
        return True

    def _only_zeros_left(self) -> None:
        while self._pending:
            if self._pending.strip(b"\0"):
                raise self._refused("something follows the end of the compressed data")
            self._pending = self._file.read(_CHUNK)

    def _counted(self, part: bytes) -> bytes:
        self.expanded += len(part)
        if self.expanded > self._limits.max_bytes:
            raise self._refused(f"it expands to more than {self._limits.max_bytes} bytes")
        if self.expanded > self._limits.ratio_floor and self.expanded > self.compressed * self._limits.max_ratio:
            raise self._refused(f"it expands to more than {self._limits.max_ratio} times its size, as a bomb does")
        return part

    def _refused(self, reason: str) -> ArchiveRefused:
        return ArchiveRefused(f"{self._path}: {reason}", fix="fetch or build the archive again")
