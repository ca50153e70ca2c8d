"""Folders for containers and tools of each test."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from slipway.containers.launch import Running, start
from slipway.containers.source import Folder
from tests.containers.launch.support import folder


@pytest.fixture(scope="session")
def tools(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A `.tools` of the test session."""
    return tmp_path_factory.mktemp("tools")


@pytest.fixture
def program(tmp_path: Path) -> Path:
    return folder(tmp_path / "program")


@pytest.fixture
def serve(tmp_path: Path, program: Path, tools: Path) -> Iterator[Callable[..., Running]]:
    """Starts the small container; whatever still runs afterwards is killed."""
    started: list[Running] = []

    def run(**options: Any) -> Running:
        source = options.pop("source", None) or Folder(program)
        started.append(start(source, "serve", root=tmp_path / f"root{len(started)}", tools=tools, **options))
        return started[-1]

    yield run
    for running in started:
        running.kill()
