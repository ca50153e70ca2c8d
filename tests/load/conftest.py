"""What tests of times share."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest


@pytest.fixture
def ahead_of_others() -> Iterator[None]:
    """Run ahead of whatever else this machine does, where that is allowed; processes that are started inherit it."""
    try:
        os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(10))
    except (AttributeError, OSError):
        yield
        return
    yield
    os.sched_setscheduler(0, os.SCHED_OTHER, os.sched_param(0))
