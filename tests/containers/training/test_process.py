"""The program's user, and its output."""

from __future__ import annotations

import os
import pwd
import resource
import sys
import threading
import time
from pathlib import Path
from unittest.mock import patch

import pytest
from trainer import process

from tests.containers.training.support import Job

SOMEBODY = pwd.getpwall()[-1]


def test_root_gives_the_program_to_its_user(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    owned: list[tuple[str, int, int]] = []
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(os, "chown", lambda path, user, group, follow_symlinks: owned.append((Path(path).name, user, group)))
    assert process.identity(SOMEBODY.pw_name) == {"user": SOMEBODY.pw_uid, "group": SOMEBODY.pw_gid, "extra_groups": []}
    (tmp_path / "model").mkdir()
    (tmp_path / "model" / "old").touch()
    process.hand_over((tmp_path / "model", tmp_path / "new"), tmp_path / "failure", SOMEBODY.pw_name)
    assert owned == [(name, SOMEBODY.pw_uid, SOMEBODY.pw_gid) for name in ("failure", "model", "old", "new")]
    assert (tmp_path / "failure").read_bytes() == b""


@pytest.mark.parametrize(("user", "uid"), [("", 0), ("no-such-user", 0), (SOMEBODY.pw_name, 1000)])
def test_otherwise_the_program_runs_as_the_container_does(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, user: str, uid: int):
    monkeypatch.setattr(os, "geteuid", lambda: uid)
    assert process.identity(user) == {}
    process.hand_over((tmp_path / "model",), tmp_path / "failure", user)
    assert [path.name for path in tmp_path.iterdir()] == ["model"]


def test_a_progress_bar_is_seen_while_it_moves(tmp_path: Path):
    job = Job(
        tmp_path / "ml",
        """
        import sys, time
        sys.stderr.write("\\rstep 1"); sys.stderr.flush()
        time.sleep(60)
        """,
    )
    running = job.start()
    assert running.stderr is not None
    begun = time.monotonic()
    assert os.read(running.stderr.fileno(), 100) == b"\rstep 1"
    assert time.monotonic() - begun < 30
    running.terminate()
    assert running.wait() == 143


def test_a_line_of_any_length_takes_no_memory():
    kept, size = bytearray(), 128 * 2**20
    reading, writing = os.pipe()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    thread = threading.Thread(target=process._copy, args=(reading, kept))
    with Path(os.devnull).open("w") as nowhere, patch.object(sys, "stderr", nowhere):
        thread.start()
        for _ in range(size // 2**20):
            os.write(writing, b"x" * 2**20)
        os.write(writing, b"end")
        os.close(writing)
        thread.join()
    assert len(kept) == process.KEPT_BYTES and kept.endswith(b"xend")
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 64 * 1024, "KiB"
