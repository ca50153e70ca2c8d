"""A cluster with a load balancer for each test; time runs 60 times as fast."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from slipway.artifacts.sample_image import build_image_archive
from slipway.localaws.control import reset
from tests.localaws.ecs.yard import Yard


@pytest.fixture(scope="session")
def image(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("image") / "tiny.tar"
    build_image_archive(Path(__file__).parents[1] / "hosting" / "container", path)
    return path


@pytest.fixture
def yard(client: Any, url: str, image: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Yard]:
    monkeypatch.setenv("SLIPWAY_LOCAL_SPEED", "60")
    yield Yard(client, url, image)
    reset()
