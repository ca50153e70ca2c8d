"""What is inside a model archive, without unpacking it (`slipway model inspect`, and the check before a release)."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

from slipway.artifacts.limits import DEFAULT_LIMITS, MIB, ArchiveRefused, Limits
from slipway.artifacts.manifest import CODE_ENTRY, MANIFEST, MAX_MANIFEST_BYTES, Manifest, layout_problems, read_manifest
from slipway.artifacts.names import printable
from slipway.artifacts.read import ArchiveReader, Member

_MAX_LISTED_PROBLEMS = 20


@dataclass(frozen=True)
class Inspection:
    """An archive's content. Sizes in bytes; `problems` is empty for an archive that may be released."""

    path: Path
    sha256: str
    size: int
    expanded: int
    members: tuple[Member, ...]
    manifest: Manifest
    problems: tuple[str, ...]

    @property
    def code(self) -> str:
        """The user's code entry, or an empty string when the archive brings none."""
        entry = self.manifest.code or CODE_ENTRY
        return entry if any(member.name == entry for member in self.members) else ""

    def require_sound(self) -> None:
        """Raise ArchiveRefused with every problem found."""
        if self.problems:
            raise ArchiveRefused(
                f"{self.path}: {'; '.join(self.problems)}",
                fix="pack the folder with `slipway release ENV MODEL --source FOLDER`",
                details={"problems": list(self.problems)},
            )


def inspect(path: Path, *, limits: Limits = DEFAULT_LIMITS) -> Inspection:
    """Read the whole archive once. An unreadable one gives an Inspection with that one problem; a missing file raises."""
    if not path.is_file():
        raise ArchiveRefused(f"{path} is not a file", fix="name a .tar.gz archive or a folder")
    members: list[Member] = []
    problems: list[str] = []
    manifest: bytes | None = None
    expanded = 0
    with ArchiveReader(path, limits) as reader:
        try:
            for member in reader:
                members.append(member)
                if member.problem:
                    problems.append(f"{printable(member.name)}: {member.problem}")
                elif member.name == MANIFEST:
                    manifest = reader.content(MAX_MANIFEST_BYTES)
        except ArchiveRefused as error:
            problems.append(error.message.removeprefix(f"{path}: "))
        expanded = reader.expanded
    parsed, layout = _layout(members, manifest, readable=not problems)
    return Inspection(path, file_sha256(path), path.stat().st_size, expanded, tuple(members), parsed, _shortened(problems + layout))


def file_sha256(path: Path) -> str:
    """SHA-256 of a file in hex, read in pieces."""
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        while chunk := stream.read(4 * MIB):
            digest.update(chunk)
    return digest.hexdigest()


def _layout(members: list[Member], manifest: bytes | None, *, readable: bool) -> tuple[Manifest, list[str]]:
    if not readable:
        return Manifest(), []
    try:
        parsed = read_manifest(manifest)
    except ArchiveRefused as error:
        return Manifest(), [error.message]
    return parsed, layout_problems([member.name for member in members if not member.directory], parsed)


def _shortened(problems: list[str]) -> tuple[str, ...]:
    rest = len(problems) - _MAX_LISTED_PROBLEMS
    return tuple(problems[:_MAX_LISTED_PROBLEMS]) + ((f"and {rest} more",) if rest > 0 else ())
