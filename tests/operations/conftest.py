"""An environment whose endpoint stands in a local AWS, and commands on it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from slipway.localaws.control import reset
from slipway.localaws.server import LocalAws, start
from tests.cli.support import Slipway
from tests.localaws.strict import StrictClients
from tests.modules.operations.life_lab import Lab

DEV = """
account_id: "111111111111"
project: acme
region: eu-west-1
tags: { owner: ml }
registries: { inference: {} }
models: { wine: { container: { image: inference } } }
endpoints:
  wine: { variants: [{ variant_name: main, model: wine, instance_type: ml.m5.large, initial_instance_count: 1 }] }
"""


@pytest.fixture(scope="module")
def server() -> Iterator[LocalAws]:
    with start() as running:
        yield running


@pytest.fixture
def root(server: LocalAws, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project with the environments dev and prod."""
    folder = tmp_path / "environments"
    folder.mkdir()
    (folder / "dev.yaml").write_text(DEV)
    (folder / "prod.yaml").write_text(DEV)
    monkeypatch.setenv("SLIPWAY_ROOT", str(tmp_path))
    monkeypatch.setenv("SLIPWAY_LOCAL", server.url)
    return tmp_path


@pytest.fixture
def lab(server: LocalAws, root: Path) -> Lab:
    """The endpoint in service, with its scaling."""
    reset()
    made = Lab(StrictClients(server.url))
    made.endpoint()
    return made


@pytest.fixture
def slipway(capsys: pytest.CaptureFixture[str]) -> Slipway:
    return Slipway(capsys)
