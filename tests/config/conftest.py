from __future__ import annotations

import pytest

from tests.config.support import Slipway


@pytest.fixture
def slipway(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Slipway:
    return Slipway(monkeypatch, capsys)
