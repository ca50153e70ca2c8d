"""Walk a model archive member by member, in one pass and without unpacking; every oddity is named, none is followed."""

from __future__ import annotations

import tarfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import BinaryIO

from slipway.artifacts import names
from slipway.artifacts.framing import BLOCK
from slipway.artifacts.gzipread import GzipSource
from slipway.artifacts.limits import DEFAULT_LIMITS, MIB, ArchiveRefused, Limits

_CHUNK = MIB
_MAX_EXTENSION_BYTES = 64 * 1024
_KINDS = {
    tarfile.SYMTYPE: "a symbolic link",
    tarfile.LNKTYPE: "a hard link",
    tarfile.CHRTYPE: "a character device",
    tarfile.BLKTYPE: "a block device",
    tarfile.FIFOTYPE: "a FIFO",
    tarfile.GNUTYPE_SPARSE: "a sparse file",
}
_FILES = (tarfile.REGTYPE, tarfile.AREGTYPE, tarfile.CONTTYPE)
_LONG_NAME, _LONG_LINK = tarfile.GNUTYPE_LONGNAME, tarfile.GNUTYPE_LONGLINK
_EXTENSIONS = (_LONG_NAME, _LONG_LINK, tarfile.XHDTYPE, tarfile.SOLARIS_XHDTYPE, tarfile.XGLTYPE)


@dataclass(frozen=True)
class Member:
    """One entry. `size` in bytes; `problem` says why it is refused and is empty for a sound member."""

    name: str
    size: int
    directory: bool
    problem: str


class ArchiveReader:
    """Iterates over the members of a `.tar.gz`; `copy` writes the content of the one just yielded.

    Raises ArchiveRefused where reading cannot go on: not gzip, truncated, damaged, a bomb, too many members,
    bytes after the end. A member that must not be unpacked is yielded with its `problem`.
    """

    def __init__(self, path: Path, limits: Limits = DEFAULT_LIMITS) -> None:
        self._path = path
        self._limits = limits
        self._source = GzipSource(path, limits)
        self._names = names.NameSet()
        self._left = 0
        self._fill = 0

    def __enter__(self) -> ArchiveReader:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._source.__exit__(kind, error, trace)

    @property
    def expanded(self) -> int:
        """Expanded bytes read so far."""
        return self._source.expanded

    def __iter__(self) -> Iterator[Member]:
        count = 0
        extended: dict[str, str] = {}
        while (header := self._header()) is not None:
            if header.type in _EXTENSIONS:
                self._extension(header, extended)
                continue
            count += 1
            if count > self._limits.max_members:
                raise self._refused(f"it has more than {self._limits.max_members} members")
            member = self._member(header, extended)
            extended = {}
            yield member
            self._skip()

    def copy(self, out: BinaryIO) -> None:
        """Write the current member's content to `out`, streaming."""
        while self._left:
            out.write(self._take(min(self._left, _CHUNK)))

    def content(self, most: int) -> bytes:
        """The current member's content, refused when it is longer than `most` bytes."""
        if self._left > most:
            raise self._refused(f"a member that is read whole is larger than {most} bytes")
        return self._take(self._left)

    def _header(self) -> tarfile.TarInfo | None:
        block = self._source.read(BLOCK)
        if len(block) == BLOCK and not any(block):
            self._end()
            return None
        try:
            header = tarfile.TarInfo.frombuf(block, "utf-8", "surrogateescape")
        except tarfile.TarError as error:
            where = "it ends before the archive's end mark" if len(block) < BLOCK else "a header in it is damaged"
            raise self._refused(f"{where} ({error})") from None
        if header.size < 0:
            raise self._refused("a member has a negative size")
        holds_data = header.type not in _KINDS or header.type == tarfile.GNUTYPE_SPARSE
        self._expect(header.size if holds_data and not header.isdir() else 0)
        return header

    def _expect(self, size: int) -> None:
        self._left, self._fill = size, -size % BLOCK

    def _end(self) -> None:
        """Past the end mark only zeros may follow; reading them also verifies the gzip checksum."""
        while block := self._source.read(_CHUNK):
            if block.strip(b"\0"):
                raise self._refused("something follows the archive's end mark")

    def _extension(self, header: tarfile.TarInfo, extended: dict[str, str]) -> None:
        """Take a GNU long name or PAX records for the next member into `extended`."""
        if header.size > _MAX_EXTENSION_BYTES:
            raise self._refused(f"a name or PAX header is larger than {_MAX_EXTENSION_BYTES} bytes")
        data = self._take(header.size)
        self._skip()
        if header.type in (_LONG_NAME, _LONG_LINK):
            key = "path" if header.type == _LONG_NAME else "linkpath"
            extended[key] = data.removesuffix(b"\0").decode("utf-8", "surrogateescape")
            return
        records = self._pax(data)
        if header.type == tarfile.XGLTYPE:
            if records.keys() & {"path", "size", "linkpath"}:
                raise self._refused("a global header sets a path or size for all members")
            return
        extended.update(records)

    def _pax(self, data: bytes) -> dict[str, str]:
        records = {}
        while data.strip(b"\0"):
            digits, space, _ = data.partition(b" ")
            length = int(digits) if digits.isdigit() and len(digits) < 8 else 0
            record, data = data[len(digits) + 1 : length], data[length:]
            key, equals, value = record.partition(b"=")
            if not (space and equals and record.endswith(b"\n")):
                raise self._refused("a PAX header in it is damaged")
            records[key.decode("utf-8", "replace")] = value[:-1].decode("utf-8", "surrogateescape")
        return records

    def _member(self, header: tarfile.TarInfo, extended: dict[str, str]) -> Member:
        if "size" in extended and header.type in _FILES:
            if not extended["size"].isascii() or not extended["size"].isdigit():
                raise self._refused("a PAX header gives a size that is no number")
            self._expect(int(extended["size"]))
        raw = extended.get("path", header.name)
        name = raw.removeprefix("./").rstrip("/") if raw not in (".", "./") else ""
        directory = header.isdir() or (header.type in _FILES and raw.endswith("/"))
        if directory and not name:
            return Member(".", 0, True, "")
        return Member(name, self._left, directory, self._problem(header, name, directory, extended))

    def _problem(self, header: tarfile.TarInfo, name: str, directory: bool, extended: dict[str, str]) -> str:
        if header.type in _KINDS:
            return f"it is {_KINDS[header.type]}"
        if not directory and header.type not in _FILES:
            return f"its type {header.type!r} is unknown"
        if any(key.startswith("GNU.sparse") for key in extended):
            return "it is a sparse file"
        if directory and self._left:
            return "it is a folder that carries data"
        if not directory and header.mode & 0o6000:
            return "it has the set-user-id or set-group-id bit"
        return names.problem(name, self._limits.max_name_bytes) or self._names.add(name, directory=directory)

    def _take(self, size: int) -> bytes:
        data = self._source.read(size)
        if len(data) < size:
            raise self._refused("it is truncated")
        self._left -= size
        return data

    def _skip(self) -> None:
        while self._left:
            self._take(min(self._left, _CHUNK))
        fill, self._fill = self._fill, 0
        if len(self._source.read(fill)) < fill:
            raise self._refused("it is truncated")

    def _refused(self, reason: str) -> ArchiveRefused:
        return ArchiveRefused(f"{self._path}: {reason}", fix="fetch or build the archive again")
