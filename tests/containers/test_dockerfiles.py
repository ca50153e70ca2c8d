"""Each Dockerfile passes hadolint."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
HADOLINT = Path(sys.executable).parent / "hadolint"
DOCKERFILES = sorted((ROOT / "containers").glob("*/Dockerfile"))


def findings(path: Path) -> list[str]:
    done = subprocess.run([HADOLINT, "--format", "json", path], capture_output=True, text=True, check=False)
    return [f"{item['line']}: {item['code']} {item['message']}" for item in json.loads(done.stdout)]


def test_there_are_dockerfiles():
    assert [path.parent.name for path in DOCKERFILES] == ["inference", "training"]


@pytest.mark.parametrize("path", DOCKERFILES, ids=lambda path: path.parent.name)
def test_hadolint_finds_nothing(path: Path):
    assert findings(path) == []


def test_hadolint_can_find_something(tmp_path: Path):
    (tmp_path / "Dockerfile").write_text("FROM debian:latest\nRUN cd /tmp\nENTRYPOINT python serve.py\n")
    assert any("DL3007" in finding for finding in findings(tmp_path / "Dockerfile"))
