"""`.tools/programs` does not grow for ever."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from slipway.artifacts.sample_image import build_image_archive
from slipway.containers.program import process_program
from slipway.containers.programs import program_folder
from slipway.containers.source import Folder, SavedImage

WEEK = 7 * 86_400


def aged(path: Path, seconds: float) -> Path:
    os.utime(path, times=(time.time() - seconds,) * 2)
    return path


def test_folders_unused_for_a_week_go_when_a_new_one_is_made(tmp_path: Path) -> None:
    old, young = (program_folder(tmp_path, key, Path.mkdir) for key in ("old", "young"))
    interrupted = tmp_path / "programs" / ".interrupted"
    interrupted.mkdir()
    for path, change in ((old, 60), (young, -60), (interrupted, 60)):
        aged(path, WEEK + change)
    assert program_folder(tmp_path, "young", Path.mkdir) == young
    assert old.is_dir(), "nothing new was made"
    aged(young, WEEK - 60)
    program_folder(tmp_path, "new", Path.mkdir)
    assert sorted(path.name for path in (tmp_path / "programs").iterdir()) == ["new", "young"]


def test_use_counts_not_age(tmp_path: Path) -> None:
    aged(program_folder(tmp_path, "used", Path.mkdir), WEEK + 60)
    program_folder(tmp_path, "used", Path.mkdir)
    program_folder(tmp_path, "new", Path.mkdir)
    assert (tmp_path / "programs" / "used").is_dir()


def test_a_container_that_runs_for_weeks_keeps_its_program(tmp_path: Path) -> None:
    kept = aged(program_folder(tmp_path, "kept", lambda path: (path / "opt" / "program").mkdir(parents=True)), WEEK + 60)
    with subprocess.Popen(["sleep", "60"], cwd=kept / "opt" / "program") as process:
        program_folder(tmp_path, "first", Path.mkdir)
        assert kept.is_dir()
        process.kill()
    program_folder(tmp_path, "second", Path.mkdir)
    assert not kept.exists()


@pytest.mark.parametrize("form", [Folder, SavedImage])
def test_both_sources_use_it(tmp_path: Path, program: Path, form: Callable[[Path], Folder | SavedImage]) -> None:
    old = aged(program_folder(tmp_path / "tools", "old", Path.mkdir), WEEK + 60)
    build_image_archive(program, tmp_path / "image.tar")
    source = form(program if form is Folder else tmp_path / "image.tar")
    root = process_program(source, tmp_path / "tools").root
    assert not old.exists()
    aged(root, 3600)
    assert process_program(source, tmp_path / "tools").root == root
    assert root.stat().st_mtime > time.time() - 60
    assert (root / "opt" / "program" / "serve.py").is_file()
