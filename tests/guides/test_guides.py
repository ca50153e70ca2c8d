"""Both guides, typed word for word in an empty folder."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.guides.follow import follow, shell_environment

GUIDES = ROOT / "docs" / "guides"


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """An empty folder. What was fetched once (terraform, nginx, environments) is not fetched again."""
    project = tmp_path / "project"
    project.mkdir()
    (project / ".tools").symlink_to(ROOT / ".tools", target_is_directory=True)
    yield project
    if (project / "environments").is_dir():
        subprocess.run(
            [ROOT / "bin" / "slipway", "local", "down"], cwd=project, env=shell_environment(ROOT), capture_output=True, timeout=60
        )


def test_bring_your_own_training_container(folder: Path):
    page = (GUIDES / "bring-your-own-training-container.md").read_text()
    assert follow(page, folder, shell_environment(ROOT), 120) == []


@pytest.mark.provider
@pytest.mark.slow(minutes=5)
def test_bring_your_own_inference_container(folder: Path):
    page = (GUIDES / "bring-your-own-inference-container.md").read_text()
    assert follow(page, folder, shell_environment(ROOT), 900) == []
