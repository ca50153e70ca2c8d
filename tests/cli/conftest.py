"""A command runner and a project of its own for each test."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.support import Slipway, copy_environments


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The shipped environments in a folder of their own, which commands take for the project."""
    root = copy_environments(tmp_path / "project")
    monkeypatch.setenv("SLIPWAY_ROOT", str(root))
    return root


@pytest.fixture
def slipway(capsys: pytest.CaptureFixture[str]) -> Slipway:
    return Slipway(capsys)
