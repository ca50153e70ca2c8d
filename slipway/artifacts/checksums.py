"""Checksums of an upload in parts: S3's composite SHA-256 is the SHA-256 of the parts' SHA-256s."""

from __future__ import annotations

import base64
import hashlib
from pathlib import Path

from slipway.artifacts.limits import MIB

MIN_PART = 16 * MIB
MAX_PARTS = 10_000


def part_size(size: int) -> int:
    """Bytes per part for an object of `size` bytes: 16 MiB, or whole MiB that keep it within S3's 10,000 parts."""
    needed = -(-size // MAX_PARTS)
    return max(MIN_PART, -(-needed // MIB) * MIB)


def part_count(size: int, part: int) -> int:
    """How many parts `size` bytes give; an empty object has one."""
    return max(1, -(-size // part))


def part_sha256(path: Path, part: int, number: int) -> tuple[bytes, bytes]:
    """Content and SHA-256 digest of part `number`, counted from 1."""
    with path.open("rb") as stream:
        stream.seek((number - 1) * part)
        data = stream.read(part)
    return data, hashlib.sha256(data).digest()


def composite(path: Path, part: int) -> str:
    """What S3 reports as ChecksumSHA256 of the file uploaded in parts of `part` bytes, without the `-<parts>` it appends."""
    count = part_count(path.stat().st_size, part)
    digests = b"".join(part_sha256(path, part, number)[1] for number in range(1, count + 1))
    return base64.b64encode(hashlib.sha256(digests).digest()).decode()
