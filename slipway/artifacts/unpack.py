"""Unpack a model archive so that nothing shows at the target until everything has been checked."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

from slipway.artifacts.inspect import file_sha256
from slipway.artifacts.limits import DEFAULT_LIMITS, ArchiveRefused, Limits
from slipway.artifacts.names import printable
from slipway.artifacts.read import ArchiveReader, Member


def unpack(archive: Path, target: Path, *, sha256: str | None = None, limits: Limits = DEFAULT_LIMITS) -> None:
    """Unpack into `target`, which must not exist or be empty, by renaming a finished sibling folder into place.

    Files get mode 0644 and folders 0755, whatever the archive says. Raises ArchiveRefused for a checksum other
    than `sha256`, for any member with a problem, and for a damaged archive; nothing is left behind then.
    """
    if not archive.is_file():
        raise ArchiveRefused(f"{archive} is not a file", fix="name a .tar.gz archive")
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise ArchiveRefused(f"{target} is not an empty folder", fix="unpack to a new folder")
    if sha256 is not None and (found := file_sha256(archive)) != sha256:
        raise ArchiveRefused(f"{archive}: sha256 is {found}, expected {sha256}", fix="fetch the archive again")
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = Path(tempfile.mkdtemp(dir=target.parent, prefix=f".{target.name}."))
    try:
        with ArchiveReader(archive, limits) as reader:
            for member in reader:
                _place(reader, member, partial, archive)
        partial.chmod(0o755)
        partial.replace(target)
    except BaseException:
        shutil.rmtree(partial, ignore_errors=True)
        raise


def _place(reader: ArchiveReader, member: Member, root: Path, archive: Path) -> None:
    if member.problem:
        raise ArchiveRefused(f"{archive}: {printable(member.name)}: {member.problem}", fix="pack the archive again without it")
    path = root / member.name
    if member.directory:
        path.mkdir(mode=0o755, parents=True, exist_ok=True)
        return
    path.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o644), "wb") as out:
        reader.copy(out)
