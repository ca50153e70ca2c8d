"""An account for each test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from slipway.artifacts.sample_image import build_image_archive
from slipway.localaws.control import reset
from tests.localaws.jobs.lab import Jobs


@pytest.fixture(scope="session")
def image(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("image") / "jobs.tar"
    build_image_archive(Path(__file__).parent / "container", path)
    return path


@pytest.fixture
def jobs(client: Any, image: Path) -> Iterator[Jobs]:
    yield Jobs(client, image)
    reset()
