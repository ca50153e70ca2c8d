"""Archives as an attacker, a broken disk or a careless tool would make them."""

from __future__ import annotations

import gzip
import io
import tarfile
import zlib
from collections.abc import Callable, Iterable
from pathlib import Path

from slipway.artifacts import framing


def member(
    name: str, kind: bytes = tarfile.REGTYPE, *, data: bytes = b"", link: str = "", mode: int = 0o644
) -> tuple[tarfile.TarInfo, bytes]:
    info = tarfile.TarInfo(name)
    info.type, info.linkname, info.mode, info.size = kind, link, mode, len(data)
    return info, data


def write(path: Path, members: Iterable[tuple[tarfile.TarInfo, bytes]], format: int = tarfile.PAX_FORMAT) -> Path:
    with tarfile.open(path, "w:gz", format=format) as archive:
        for info, data in members:
            archive.addfile(info, io.BytesIO(data))
    return path


def raw(path: Path, tar: bytes) -> Path:
    path.write_bytes(gzip.compress(tar))
    return path


def header(name: bytes, size: int = 0, kind: bytes = b"0") -> bytes:
    """One ustar header with any bytes as its name."""
    return framing._ustar(name, size, kind, 0o644)


def bomb(path: Path, expanded: int) -> Path:
    """A file of zeros, about a thousandth of its size when compressed: one compressed megabyte of zeros, repeated."""
    size = 1024 * 1024
    deflate = zlib.compressobj(9, zlib.DEFLATED, -15)
    head = deflate.compress(framing.tar_header("zeros.bin", expanded, directory=False)) + deflate.flush(zlib.Z_FULL_FLUSH)
    megabyte = deflate.compress(bytes(size)) + deflate.flush(zlib.Z_FULL_FLUSH)
    with path.open("wb") as out:
        out.write(b"\x1f\x8b\x08" + bytes(7) + head)
        for _ in range(expanded // size):
            out.write(megabyte)
        out.write(deflate.compress(bytes(1024)) + deflate.flush() + bytes(8))
    return path


def sparse(path: Path) -> Path:
    """A GNU sparse member that claims a terabyte and holds nothing."""
    block = bytearray(header(b"sparse.bin", 0, b"S"))
    block[483:495] = b"%011o\0" % 1024**4 if 1024**4 < 8**11 else b"\x80" + (1024**4).to_bytes(11, "big")
    block[148:156] = b"        "
    block[148:156] = b"%06o\0 " % sum(block)
    return raw(path, bytes(block) + bytes(1024))


def pax_sparse(path: Path) -> Path:
    """The newer sparse form: ordinary members with GNU.sparse records."""
    info, data = member("sparse.bin", data=b"x")
    info.pax_headers = {"GNU.sparse.major": "1", "GNU.sparse.minor": "0", "GNU.sparse.realsize": str(1024**4)}
    return write(path, [(info, data)])


FILE = member("model.bin", data=b"weights")
LINK = tarfile.SYMTYPE
MEMBERS: dict[str, tuple[list[tuple[tarfile.TarInfo, bytes]], str]] = {
    "parent": ([FILE, member("../x", data=b"!")], "leads out of the archive"),
    "parent in the middle": ([FILE, member("a/../../x", data=b"!")], "leads out of the archive"),
    "absolute": ([FILE, member("/tmp/slipway-evil", data=b"!")], "is absolute"),
    "drive": ([FILE, member("C:/x", data=b"!")], "is absolute"),
    "backslash": ([FILE, member("..\\x", data=b"!")], "backslash"),
    "symlink out": ([FILE, member("s", LINK, link="/etc")], "a symbolic link"),
    "symlink chain and a file through it": (
        [FILE, member("s", LINK, link="."), member("s/t", LINK, link=".."), member("s/t/x", data=b"!")],
        "a symbolic link",
    ),
    "symlink inside": ([FILE, member("s", LINK, link="model.bin")], "a symbolic link"),
    "hard link out": ([FILE, member("h", tarfile.LNKTYPE, link="/etc/passwd")], "a hard link"),
    "hard link inside": ([FILE, member("h", tarfile.LNKTYPE, link="model.bin")], "a hard link"),
    "character device": ([FILE, member("d", tarfile.CHRTYPE)], "a character device"),
    "block device": ([FILE, member("d", tarfile.BLKTYPE)], "a block device"),
    "fifo": ([FILE, member("d", tarfile.FIFOTYPE)], "a FIFO"),
    "unknown type": ([FILE, member("d", b"Z", data=b"x")], "unknown"),
    "set-user-id": ([FILE, member("su", data=b"x", mode=0o4755)], "set-user-id"),
    "set-group-id": ([FILE, member("sg", data=b"x", mode=0o2755)], "set-user-id"),
    "duplicate": ([FILE, member("model.bin", data=b"other")], "taken already"),
    "duplicate but for case": ([FILE, member("MODEL.BIN", data=b"other")], "taken already"),
    "duplicate in another Unicode form": ([FILE, member("\u00e9", data=b"1"), member("e\u0301", data=b"2")], "taken already"),
    "file used as a folder": ([FILE, member("model.bin/x", data=b"!")], "is a file in the same archive"),
    "folder turned file": ([FILE, member("a/x", data=b"!"), member("a", data=b"!")], "taken already"),
    "name of 5 kB": ([FILE, member("n" * 5000, data=b"!")], "longer than"),
    "component of 300": ([FILE, member("a/" + "n" * 300, data=b"!")], "longer than"),
    "line feed": ([FILE, member("a\nb", data=b"!")], "control, invisible"),
    "right-to-left": ([FILE, member("a\u202eb", data=b"!")], "control, invisible"),
    "undecodable": ([FILE, member("a\udcffb", data=b"!")], "undecodable"),
    "dot component": ([FILE, member("a/./b", data=b"!")], "'.' component"),
    "empty component": ([FILE, member("a//b", data=b"!")], "empty"),
}
"""Members that are refused, and why."""

_SOUND = framing.tar_header("m", 1, directory=False) + b"x" + bytes(511)
WHOLE: dict[str, tuple[Callable[[Path], Path], str]] = {
    "not gzip": (lambda path: _plain(path, b"PK\x03\x04 not a gzip file"), "not a gzip file"),
    "empty": (lambda path: _plain(path, b""), "is empty"),
    "gzip of nothing": (lambda path: raw(path, b""), "end mark"),
    "gzip of noise": (lambda path: raw(path, b"\x07" * 2048), "damaged"),
    "no end mark": (lambda path: raw(path, _SOUND), "end mark"),
    "content cut off": (lambda path: raw(path, framing.tar_header("m", 4096, directory=False) + b"x" * 100), "truncated"),
    "bytes after the end mark": (lambda path: raw(path, _SOUND + bytes(1024) + b"hidden"), "follows the archive's end mark"),
    "bytes after the gzip data": (lambda path: _plain(path, gzip.compress(_SOUND + bytes(1024)) + bytes(8) + b"hidden"), "follows the end"),
    "NUL in a PAX name": (lambda path: raw(path, _pax(b"path=a\0b") + _SOUND + bytes(1024)), "NUL"),
    "damaged PAX header": (
        lambda path: raw(path, header(b"p", 6, b"x") + b"99 a=b" + bytes(506) + _SOUND + bytes(1024)),
        "PAX header in it is damaged",
    ),
    "PAX size that is no number": (lambda path: raw(path, _pax(b"size=-1") + _SOUND + bytes(1024)), "no number"),
    "global path": (lambda path: raw(path, _pax(b"path=evil", b"g") + _SOUND + bytes(1024)), "global header"),
    "name header of a gigabyte": (lambda path: raw(path, header(b"././@LongLink", 1024**3, b"L") + bytes(1024)), "larger than 65536"),
    "negative size": (lambda path: raw(path, _negative() + bytes(1024)), "damaged|negative"),
    "sparse": (sparse, "a sparse file"),
    "sparse in PAX form": (pax_sparse, "a sparse file"),
    "folder with data": (lambda path: raw(path, header(b"d/", 4, b"0") + b"data" + bytes(508) + bytes(1024)), "carries data"),
}
"""Archives that are refused as a whole."""


def _plain(path: Path, data: bytes) -> Path:
    path.write_bytes(data)
    return path


def _pax(record: bytes, kind: bytes = b"x") -> bytes:
    text = b"%d %s\n" % (len(record) + 4, record)
    return header(b"pax", len(text), kind) + text + framing.padding(len(text))


def _negative() -> bytes:
    block = bytearray(header(b"n"))
    block[124:136] = b"\xff" * 11 + b"\x00"
    block[148:156] = b"        "
    block[148:156] = b"%06o\0 " % sum(block)
    return bytes(block)
