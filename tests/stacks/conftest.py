"""Synthesizes environments once per test session."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
Documents = dict[str, dict[str, Any]]


@pytest.fixture(scope="session")
def shipped(tmp_path_factory: pytest.TempPathFactory) -> Documents:
    """Stack name -> document of all shipped environments."""
    return synthesized(["dev", "staging", "prod"], ROOT, tmp_path_factory.mktemp("shipped"))


@pytest.fixture
def project(tmp_path: Path) -> Callable[[str, str], Documents]:
    """Synthesizes one environment `test` from the text of its file and of its lock."""

    def build(environment: str, lock: str) -> Documents:
        folder = tmp_path / "environments"
        folder.mkdir(exist_ok=True)
        (folder / "test.yaml").write_text(environment)
        (folder / "test.lock.yaml").write_text(lock)
        return synthesized(["test"], tmp_path, tmp_path / "out")

    return build


def synthesized(names: list[str], root: Path, out: Path) -> Documents:
    from slipway.app import synthesize

    return {folder.name: json.loads((folder / "cdk.tf.json").read_text()) for folder in synthesize(names, root, out)}
