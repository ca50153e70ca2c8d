"""A fresh account with a role for functions."""

from __future__ import annotations

from typing import Any

import pytest

from tests.localaws.functions.lab import Functions


@pytest.fixture
def functions(client: Any) -> Functions:
    return Functions(client)
