"""What an archive may hold at most, and the error that refuses one."""

from __future__ import annotations

from dataclasses import dataclass

from slipway.errors import InputError

MIB = 1024 * 1024
GIB = 1024 * MIB


class ArchiveRefused(InputError):
    """An archive or a folder that must not be packed, released or unpacked: exit code 2."""


@dataclass(frozen=True)
class Limits:
    """Bounds checked while an archive is written or read, before a byte reaches its place.

    `max_bytes`: expanded bytes in all, tar framing included. `max_members`: files and folders together.
    `max_ratio`: expanded to compressed bytes, looked at once `ratio_floor` bytes have come out
    (a small file of zeros is no bomb). `max_name_bytes`: one whole path in UTF-8.
    """

    max_bytes: int = 64 * GIB
    max_members: int = 10_000
    max_ratio: int = 200
    ratio_floor: int = 64 * MIB
    max_name_bytes: int = 1024


DEFAULT_LIMITS = Limits()
