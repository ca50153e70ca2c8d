"""`slipway local prepare`: everything ready once, and quickly found the second time."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from slipway.containers import prepare as module
from slipway.containers.prepare import container_folders, prepare
from tests.artifacts.release_support import Recorder
from tests.cli.support import process
from tests.containers.launch.support import folder

ROOT = Path(__file__).resolve().parents[3]


def test_nginx_and_each_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "find_nginx", lambda tools, reporter: tools / "nginx" / "bin" / "nginx")
    for name in ("inference", "training"):
        folder(tmp_path / "containers" / name)
    (tmp_path / "containers" / "notes").mkdir()
    recorder = Recorder()
    for _ in range(2):
        ready = prepare(tmp_path, tmp_path / ".tools", recorder)
        assert [item.name for item in ready] == ["nginx", "inference", "training"]
        assert all(item.path.is_absolute() and item.seconds >= 0 for item in ready)
    assert recorder.lines == [], "nothing had to be installed"
    assert len(list((tmp_path / ".tools" / "programs").iterdir())) == 1, "two folders with the same files are one program"


def test_slipways_own_containers_are_found() -> None:
    assert [path.name for path in container_folders(ROOT)] == ["inference", "training"]


def test_the_command() -> None:
    for _ in range(2):
        done = process("local", "prepare", "--json")
        assert done.returncode == 0, done.stderr
        ready = json.loads(done.stdout)["ready"]
        assert set(ready) == {"nginx", "inference", "training"}
        assert all(Path(item["path"]).exists() for item in ready.values())
    assert "installing" not in done.stderr
