"""Pack a folder into a model archive: same input, same SHA-256 on any machine (see `framing`)."""

from __future__ import annotations

import os
import stat
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from slipway.artifacts import framing, names
from slipway.artifacts.limits import DEFAULT_LIMITS, MIB, ArchiveRefused, Limits
from slipway.artifacts.manifest import MANIFEST, MAX_MANIFEST_BYTES, layout_problems, read_manifest
from slipway.progress import Reporter, Silent

IGNORED = frozenset({"__pycache__", ".git", ".DS_Store", ".ipynb_checkpoints", ".pytest_cache", ".mypy_cache", ".ruff_cache"})
"""Left out wherever they lie: caches and desk droppings that differ from machine to machine."""

_CHUNK = 4 * MIB
_REPORT_EVERY = 256 * MIB


@dataclass(frozen=True)
class Archive:
    """A finished archive. `size` in bytes; `sha256` in hex over the whole file."""

    path: Path
    sha256: str
    size: int


@dataclass(frozen=True)
class Entry:
    """One file or folder to pack. `name` is its name in the archive; a followed link has its target's `path`. `size` in bytes."""

    name: str
    path: Path
    size: int
    directory: bool


def pack(source: Path, target: Path, *, limits: Limits = DEFAULT_LIMITS, reporter: Reporter | None = None) -> Archive:
    """Write the files under `source` to the archive `target`, which appears only when complete.

    Members are sorted by name and carry fixed owner, mode and time; links to files inside the folder are
    stored as those files. Raises ArchiveRefused for other links, devices, sockets, set-id files, clashing or
    unsafe names, a folder without a model, or more than `limits`; SlipwayError-free OS errors pass through.
    """
    reporter = reporter or Silent()
    if not source.is_dir():
        raise ArchiveRefused(f"{source} is not a folder", fix="name the folder that holds the model's files")
    entries = collect(source.resolve(), limits)
    _check_layout(source, entries)
    total = sum(entry.size for entry in entries)
    reporter.step("pack", f"{source}: {len(entries)} entries, {total / MIB:.1f} MiB")
    target.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
    partial = Path(name)
    try:
        with os.fdopen(handle, "wb") as stream:
            archive = _write(entries, stream, target, total, reporter)
        partial.chmod(0o644)
        partial.replace(target)
    except BaseException:
        partial.unlink(missing_ok=True)
        raise
    return archive


def collect(root: Path, limits: Limits = DEFAULT_LIMITS) -> list[Entry]:
    """Every folder and file below `root`, checked, in archive order (by code point of the whole name)."""
    entries = sorted(_walk(root, root), key=lambda entry: entry.name)
    if len(entries) > limits.max_members:
        raise ArchiveRefused(f"{root} has {len(entries)} entries; at most {limits.max_members}", fix="pack fewer files")
    if sum(entry.size for entry in entries) > limits.max_bytes:
        raise ArchiveRefused(f"{root} is larger than {limits.max_bytes} bytes", fix="use an uncompressed S3 model source instead")
    seen = names.NameSet()
    for entry in entries:
        reason = names.problem(entry.name, limits.max_name_bytes) or seen.add(entry.name, directory=entry.directory)
        if reason:
            raise _refused(entry.path, reason)
    return entries


def _walk(folder: Path, root: Path) -> Iterator[Entry]:
    for item in os.scandir(folder):
        if item.name in IGNORED or item.name.endswith(".pyc"):
            continue
        path = Path(item.path)
        name = names.canonical(path.relative_to(root).as_posix())
        real = _follow(path, root) if item.is_symlink() else path
        info = real.lstat()
        if stat.S_ISDIR(info.st_mode):
            yield Entry(name, real, 0, True)
            yield from _walk(path, root)
        elif not stat.S_ISREG(info.st_mode):
            raise _refused(path, "it is a device, FIFO or socket")
        elif info.st_mode & (stat.S_ISUID | stat.S_ISGID):
            raise _refused(path, "it has the set-user-id or set-group-id bit")
        else:
            yield Entry(name, real, info.st_size, False)


def _follow(link: Path, root: Path) -> Path:
    """The regular file inside `root` that a link leads to; any other link is refused."""
    try:
        real = link.resolve(strict=True)
    except (OSError, RuntimeError):
        raise _refused(link, "it is a link that leads nowhere or in a circle") from None
    if not real.is_relative_to(root):
        raise _refused(link, "it is a link that leads out of the folder", fix="copy the folder with `cp -rL` and pack the copy")
    if not real.is_file():
        raise _refused(link, "it is a link to something other than a file", fix="put the files themselves there")
    return real


def _check_layout(source: Path, entries: list[Entry]) -> None:
    files = {entry.name: entry for entry in entries if not entry.directory}
    manifest = files.get(MANIFEST)
    if manifest is not None and manifest.size > MAX_MANIFEST_BYTES:
        raise _refused(manifest.path, f"it is larger than {MAX_MANIFEST_BYTES} bytes")
    problems = layout_problems(files, read_manifest(manifest.path.read_bytes() if manifest else None))
    if problems:
        raise ArchiveRefused(f"{source}: {'; '.join(problems)}", fix="see the layout in examples/wine/README.md")


def _write(entries: list[Entry], stream: BinaryIO, target: Path, total: int, reporter: Reporter) -> Archive:
    gzip = framing.StoredGzip(stream)
    done = reported = 0
    for entry in entries:
        gzip.write(framing.tar_header(entry.name, entry.size, directory=entry.directory))
        for chunk in content(entry):
            gzip.write(chunk)
            done += len(chunk)
            if done - reported >= _REPORT_EVERY:
                reporter.info("pack", f"{done / MIB:.0f} of {total / MIB:.0f} MiB")
                reported = done
        gzip.write(framing.padding(entry.size))
    gzip.write(bytes(2 * framing.BLOCK))
    sha256 = gzip.close()
    reporter.info("pack", f"{target.name}: {gzip.size / MIB:.1f} MiB, sha256 {sha256}")
    return Archive(target, sha256, gzip.size)


def content(entry: Entry) -> Iterator[bytes]:
    """The entry's bytes; refused when the file was swapped for a link or changed its size since it was listed."""
    if entry.directory:
        return
    with os.fdopen(os.open(entry.path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK), "rb") as stream:
        left = entry.size
        while chunk := stream.read(min(_CHUNK, left)) if left else b"":
            left -= len(chunk)
            yield chunk
        if left or stream.read(1):
            raise _refused(entry.path, "it changed while it was being packed", fix="pack again when nothing writes there")


def _refused(path: Path, reason: str, fix: str = "remove or replace it") -> ArchiveRefused:
    return ArchiveRefused(f"{names.printable(str(path))} cannot be packed: {reason}", fix=fix)
