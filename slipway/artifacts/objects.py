"""Objects in the models bucket: what is stored at a key, and whether it is what a lock pins."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from botocore.exceptions import ClientError

from slipway.artifacts.account import error_code
from slipway.artifacts.limits import MIB
from slipway.errors import SlipwayError

READ_BACK_MAX = 64 * MIB
"""Objects up to this size are always read back and hashed; larger ones when the store shows no checksum."""

_CHUNK = 4 * MIB


@dataclass(frozen=True)
class Stored:
    """An object as its store describes it.

    `checksum` is a SHA-256 in base64, or empty. With `in_parts` it is that of the parts' checksums and says
    nothing about the whole object's SHA-256 by itself. `part_bytes` is what its uploader noted, or 0.
    """

    size: int
    checksum: str
    in_parts: bool
    part_bytes: int


def describe(s3: Any, bucket: str, key: str) -> Stored | None:
    """The object at `key`, or None, also when the bucket itself is missing. Raises botocore's ClientError for anything else."""
    try:
        head = s3.head_object(Bucket=bucket, Key=key, ChecksumMode="ENABLED")
    except ClientError as error:
        if error_code(error) not in {"404", "NoSuchKey", "NotFound"}:
            raise
        return None
    part = head.get("Metadata", {}).get("part-size", "")
    checksum = head.get("ChecksumSHA256", "").partition("-")[0]
    return Stored(head["ContentLength"], checksum, "-" in head["ETag"], int(part) if part.isdigit() else 0)


def verify(s3: Any, bucket: str, key: str, stored: Stored, *, sha256: str, size: int, composite: str = "") -> None:
    """Raise SlipwayError unless the object is `size` bytes with `sha256`. `composite`: what its checksum of parts must be."""
    if stored.size != size:
        raise _differs(bucket, key, f"{stored.size} bytes, expected {size}")
    whole = base64.b64encode(bytes.fromhex(sha256)).decode()
    expected = composite if stored.in_parts else whole
    if stored.checksum and expected and stored.checksum != expected:
        raise _differs(bucket, key, f"checksum {stored.checksum}, expected {expected}")
    if not (stored.checksum and expected) or size <= READ_BACK_MAX:
        found = read_sha256(s3, bucket, key)
        if found != sha256:
            raise _differs(bucket, key, f"sha256 {found}, expected {sha256}")


def read_sha256(s3: Any, bucket: str, key: str) -> str:
    """SHA-256 of the object's bytes in hex, read in a stream."""
    digest = hashlib.sha256()
    for chunk in s3.get_object(Bucket=bucket, Key=key)["Body"].iter_chunks(_CHUNK):
        digest.update(chunk)
    return digest.hexdigest()


def download(s3: Any, bucket: str, key: str, target: Path, *, sha256: str) -> None:
    """Fetch an object to `target` and raise SlipwayError, removing it, unless its SHA-256 is `sha256`."""
    digest = hashlib.sha256()
    with target.open("wb") as out:
        _copy(s3.get_object(Bucket=bucket, Key=key)["Body"], out, digest)
    if digest.hexdigest() != sha256:
        target.unlink()
        raise _differs(bucket, key, f"sha256 {digest.hexdigest()}, expected {sha256}")


def _copy(body: Any, out: BinaryIO, digest: Any) -> None:
    for chunk in body.iter_chunks(_CHUNK):
        out.write(chunk)
        digest.update(chunk)


def _differs(bucket: str, key: str, how: str) -> SlipwayError:
    return SlipwayError(
        f"s3://{bucket}/{key} holds other bytes: {how}",
        fix="nothing is overwritten; find out who wrote it, delete that object version, and release again",
    )
