"""An API in a fresh account."""

from __future__ import annotations

from typing import Any

import pytest

from tests.localaws.api.lab import ApiLab
from tests.localaws.functions.lab import Functions


@pytest.fixture
def lab(client: Any, url: str) -> ApiLab:
    return ApiLab(Functions(client), url)
