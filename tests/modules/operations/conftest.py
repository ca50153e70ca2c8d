"""One local AWS for the tests of a worker process, emptied before each test."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from slipway.localaws.control import reset
from slipway.localaws.server import LocalAws, start
from tests.localaws.strict import StrictClients


@pytest.fixture(scope="module")
def server() -> Iterator[LocalAws]:
    with start() as running:
        yield running


@pytest.fixture
def client(server: LocalAws) -> Callable[..., Any]:
    """`client("s3")`: a boto3 client of account 111111111111 whose every answer must fit AWS's own model."""
    reset()
    return StrictClients(server.url)
