"""What every way to a model shares: an answer, the time there is, and clients that are kept."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

import boto3
from botocore.config import Config

from .faults import timed_out

CONNECT_TIMEOUT = 1
"""Seconds to reach an endpoint inside the region."""
MARGIN = 1.0
"""Seconds kept for the answer itself."""
_clients: dict[tuple[str, int], Any] = {}


@dataclass(frozen=True)
class Answer:
    """What the caller gets. `attempts` counts calls to the endpoint."""

    status: int
    body: bytes = field(repr=False)
    headers: dict[str, str]
    attempts: int = 1


@dataclass(frozen=True)
class Limits:
    """Time: `read_timeout` seconds for one silence of an endpoint, `seconds_left` until Lambda ends the function."""

    read_timeout: int
    seconds_left: Callable[[], float]

    def check(self) -> None:
        """Raises `Fault` 504 when there is only time left to say so."""
        if self.seconds_left() < MARGIN:
            raise timed_out("the answer came too slowly")


def client(service: str, read_timeout: int) -> Any:
    """A boto3 client that is kept between invocations; it never retries by itself."""
    key = (service, read_timeout)
    if key not in _clients:
        config = Config(connect_timeout=CONNECT_TIMEOUT, read_timeout=read_timeout, retries={"total_max_attempts": 1})
        session: Any = boto3.session.Session()  # of any service: its types know each by name only
        _clients[key] = session.client(service, config=config)
    return _clients[key]


def joined(parts: Iterable[bytes], limits: Limits) -> bytes:
    """Whole, or not at all: botocore's timeout counts each silence, and many short ones make a long wait."""
    found = []
    for part in parts:
        limits.check()
        found.append(part)
    return b"".join(found)
