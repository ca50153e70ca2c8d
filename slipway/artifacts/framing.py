"""The bytes of a model archive: POSIX tar headers and gzip framing written here, not by a library.

"Same input, same SHA-256 on any machine" rules out both libraries that would usually write them:
`tarfile` has changed header bytes between Python releases (the device fields of ordinary files, the
default format), and every deflate implementation (zlib, zlib-ng, Intel's, Cloudflare's) may compress
the same bytes differently, even at level 0. So headers are written field by field, and the gzip stream
consists of *stored* deflate blocks (RFC 1951, 3.2.4), whose bytes the RFC fixes entirely. Any gzip and
tar reads the result. The price is size: weights in floating point hardly compress (5 to 10 %), text
formats such as XGBoost JSON would (about 5 times). Keep those in a compressed format of their own
(skops with compression, `.ubj`, safetensors) when upload time matters.
"""

from __future__ import annotations

import hashlib
import struct
import zlib
from typing import BinaryIO

BLOCK = 512
MODIFIED = 315_532_800
"""Every member's time stamp: 1980-01-01T00:00:00Z, the earliest that zip readers accept as well."""

_STORED_MAX = 65_535
_GZIP_HEADER = bytes([0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 255])  # deflate, no flags, mtime 0, no hints, unknown system
_USTAR_SIZE_MAX = 0o77777777777
_USTAR_NAME_MAX = 100


def tar_header(name: str, size: int, *, directory: bool) -> bytes:
    """The header block(s) of one member: ustar, preceded by a PAX header for long or non-ASCII names and for 8 GiB and more."""
    full = f"{name}/" if directory else name
    records = b""
    if len(full.encode()) > _USTAR_NAME_MAX or not full.isascii():
        records += _pax_record("path", full)
    if size > _USTAR_SIZE_MAX:
        records += _pax_record("size", str(size))
    short = full.encode("ascii", "replace")[:_USTAR_NAME_MAX]
    main = _ustar(short, size if size <= _USTAR_SIZE_MAX else 0, b"5" if directory else b"0", 0o755 if directory else 0o644)
    if not records:
        return main
    return _ustar(b"././@PaxHeader", len(records), b"x", 0o644) + records + padding(len(records)) + main


def padding(size: int) -> bytes:
    """Zeros that fill a member's content up to the next 512-byte block."""
    return bytes(-size % BLOCK)


def _ustar(name: bytes, size: int, kind: bytes, mode: int) -> bytes:
    fields = (
        name.ljust(100, b"\0"),
        b"%07o\0" % mode,
        b"%07o\0" % 0,
        b"%07o\0" % 0,
        b"%011o\0" % size,
        b"%011o\0" % MODIFIED,
        b" " * 8,
        kind,
        bytes(100),
        b"ustar\x0000",
        bytes(32 + 32 + 8 + 8 + 155 + 12),
    )
    header = b"".join(fields)
    return header[:148] + b"%06o\0 " % sum(header) + header[156:]


def _pax_record(key: str, value: str) -> bytes:
    """`LENGTH key=value` and a line feed, where LENGTH counts its own digits too."""
    body = f" {key}={value}\n".encode()
    length = len(body) + 1
    while len(str(length)) + len(body) != length:
        length = len(str(length)) + len(body)
    return str(length).encode() + body


class StoredGzip:
    """Writes a gzip stream of stored blocks and keeps its SHA-256 and size."""

    def __init__(self, target: BinaryIO) -> None:
        self._target = target
        self._buffer = bytearray()
        self._crc = 0
        self._length = 0
        self._digest = hashlib.sha256()
        self.size = 0
        self._emit(_GZIP_HEADER)

    def write(self, data: bytes) -> None:
        """Append expanded bytes."""
        self._crc = zlib.crc32(data, self._crc)
        self._length += len(data)
        self._buffer += data
        whole = len(self._buffer) // _STORED_MAX * _STORED_MAX
        if whole:
            self._emit(b"".join(_stored(self._buffer[at : at + _STORED_MAX], last=False) for at in range(0, whole, _STORED_MAX)))
            del self._buffer[:whole]

    def close(self) -> str:
        """End the stream (not the file); the SHA-256 of all bytes written, in hex."""
        self._emit(_stored(self._buffer, last=True) + struct.pack("<II", self._crc, self._length & 0xFFFFFFFF))
        return self._digest.hexdigest()

    def _emit(self, data: bytes) -> None:
        self._target.write(data)
        self._digest.update(data)
        self.size += len(data)


def _stored(data: bytes | bytearray, *, last: bool) -> bytes:
    return struct.pack("<BHH", int(last), len(data), len(data) ^ 0xFFFF) + data
