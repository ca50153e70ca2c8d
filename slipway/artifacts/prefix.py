"""Uncompressed model data: a folder uploaded file by file below a content-addressed prefix.

`models/<model>/<sha256>/` holds the files, and `models/<model>/<sha256>.sums` beside it their list in the format
of `sha256sum`. The list's SHA-256 is the prefix's name and the lock's pin; it is written last, so a prefix with
a list is complete.
"""

from __future__ import annotations

import hashlib
import re
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from slipway.artifacts.account import Account
from slipway.artifacts.inspect import file_sha256
from slipway.artifacts.objects import describe, download, verify
from slipway.artifacts.pack import Archive, Entry, collect
from slipway.artifacts.upload import Uploaded, upload_file
from slipway.config.release import ArtifactPin
from slipway.errors import SlipwayError
from slipway.progress import Reporter, Silent

_LINE = re.compile(r"([0-9a-f]{64})  (.+)")


@dataclass(frozen=True)
class _Listed:
    name: str
    sha256: str


def upload_folder(account: Account, model: str, source: Path, reporter: Reporter | None = None) -> Uploaded:
    """Put every file of `source` below its prefix; nothing is sent twice. Raises as `pack` and `upload_file` do."""
    reporter = reporter or Silent()
    reporter.step("upload", f"{source}: reading")
    files = [entry for entry in collect(source.resolve()) if not entry.directory]
    sums = {entry.name: file_sha256(entry.path) for entry in files}
    listing = "".join(f"{sums[name]}  {name}\n" for name in sorted(sums)).encode()
    sha256 = hashlib.sha256(listing).hexdigest()
    pin = ArtifactPin(key=f"models/{model}/{sha256}/", sha256=sha256, size=sum(entry.size for entry in files))
    for entry in files:
        upload_file(account, pin.key + entry.name, _archive(entry, sums[entry.name]), reporter=reporter)
    with tempfile.TemporaryDirectory() as scratch:
        path = Path(scratch) / "sums"
        path.write_bytes(listing)
        existed = upload_file(account, _sums_key(pin), Archive(path, sha256, len(listing)), reporter=reporter)
    return Uploaded(pin, existed)


def require_prefix(account: Account, pin: ArtifactPin) -> None:
    """Raise SlipwayError unless every file of the prefix is there with its checksum."""
    s3, bucket = account.client("s3"), account.models_bucket
    for item in _listing(s3, bucket, pin):
        stored = describe(s3, bucket, pin.key + item.name)
        if stored is None:
            raise SlipwayError(f"s3://{bucket}/{pin.key}{item.name} is missing", fix="release the model again")
        verify(s3, bucket, pin.key + item.name, stored, sha256=item.sha256, size=stored.size)


def copy_prefix(source: Account, pin: ArtifactPin, target: Account, reporter: Reporter | None = None) -> None:
    """The same files, verified, in another account's bucket."""
    s3, bucket = source.client("s3"), source.models_bucket
    with tempfile.TemporaryDirectory(prefix="slipway-copy-") as scratch:
        path = Path(scratch) / "object"
        listed = [(pin.key + item.name, item.sha256) for item in _listing(s3, bucket, pin)]
        for key, sha256 in [*listed, (_sums_key(pin), pin.sha256)]:
            download(s3, bucket, key, path, sha256=sha256)
            upload_file(target, key, Archive(path, sha256, path.stat().st_size), reporter=reporter)


def _sums_key(pin: ArtifactPin) -> str:
    return f"{pin.key.rstrip('/')}.sums"


def _archive(entry: Entry, sha256: str) -> Archive:
    return Archive(entry.path, sha256, entry.size)


def _listing(s3: Any, bucket: str, pin: ArtifactPin) -> list[_Listed]:
    """The prefix's files from its list, whose SHA-256 must be the pin's."""
    if describe(s3, bucket, _sums_key(pin)) is None:
        raise SlipwayError(f"s3://{bucket}/{pin.key} has no list of files: its upload never finished", fix="release the model again")
    with tempfile.TemporaryDirectory() as scratch:
        path = Path(scratch) / "sums"
        download(s3, bucket, _sums_key(pin), path, sha256=pin.sha256)
        lines = path.read_text(encoding="utf-8").splitlines()
    matches = [_LINE.fullmatch(line) for line in lines]
    return [_Listed(match[2], match[1]) for match in matches if match]
