"""The front door's benchmark runs, and its parts are of the same requests. Nothing asserts a time."""

from __future__ import annotations

import pytest

from bench import front


def test_a_round(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(front, "PAIRS", 5)
    rows = front.rows(1)
    assert [row.what for row in rows][:2] == ["InvokeEndpoint, direct", "the same through API Gateway and Lambda"]
    assert len(rows) == 6 and all(row.value.endswith("ms") or row.value.endswith(")") for row in rows)
