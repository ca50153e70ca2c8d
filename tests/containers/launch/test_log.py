"""A container's log: bounded on disk, and read line by line to the end whatever became of its beginning."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from slipway.containers import keeper, log_reader
from slipway.containers.launch import start
from slipway.containers.log_reader import LogReader
from slipway.containers.source import Folder
from tests.containers.launch.support import folder, wait_for

LINES = 110_000
WRITES = f"""
import sys, time
for number in range({LINES}):
    sys.stdout.write("%09d%s\\n" % (number, "x" * 1014))
sys.stdout.flush()
time.sleep(60)
"""


def on_disk(path: Path) -> int:
    return path.stat().st_blocks * 512


def test_a_long_log_keeps_its_end_and_its_readers_their_place(tmp_path: Path, tools: Path) -> None:
    source = Folder(folder(tmp_path / "source", serve_py=WRITES))
    with start(source, "train", root=tmp_path / "root", tools=tools) as running:
        reader = LogReader(running.log)
        assert wait_for(lambda: running.log.stat().st_size == LINES * 1024, 30)
        assert wait_for(lambda: on_disk(running.log) < 80 * 2**20), "the keeper looks every 2 s"
        assert [line[:9] for line in running.log_tail(2)] == [f"{LINES - 2:09}", f"{LINES - 1:09}"]
        lines = [line for part in iter(reader.read, None) for line in part]
        assert lines[0].endswith(b"bytes of this log were dropped before they were read)")
        assert [int(line[:9]) for line in lines[1:]] == list(range(LINES - len(lines) + 1, LINES)), "none of those that are left is missing"
        assert 64 * 1024 <= len(lines) <= 67 * 1024


@pytest.mark.parametrize("size", [0, 1000])
def test_a_short_log_is_left_alone(tmp_path: Path, size: int) -> None:
    (tmp_path / "log").write_bytes(b"x" * size)
    with (tmp_path / "log").open("ab") as log:
        keeper.trim(log.fileno())
    assert (tmp_path / "log").read_bytes() == b"x" * size
    reading, writing = os.pipe()
    keeper.trim(writing)
    os.close(reading)
    os.close(writing)


def test_lines_come_once_and_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    reader = LogReader(tmp_path / "log")
    assert reader.read() is None, "there is no log yet"
    with (tmp_path / "log").open("ab", buffering=0) as log:
        log.write(b"one\ntw")
        assert (reader.read(), reader.read()) == ([b"one"], None)
        log.write(b"o\n\nthree")
        assert (reader.read(), reader.rest(), reader.rest()) == ([b"two", b""], [b"three"], [])
        monkeypatch.setattr(log_reader, "MAX_LINE_BYTES", 4)
        log.write(b"0123456789\n")
        assert [line for part in iter(reader.read, None) for line in part] == [b"0123", b"4567", b"89"]
