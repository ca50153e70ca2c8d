"""Trace files: what they say, and file:line of what they must not say."""

from __future__ import annotations

from pathlib import Path

import pytest

from slipway.errors import InputError
from slipway.load.trace import read_trace


def written(folder: Path, text: str) -> Path:
    path = folder / "trace.csv"
    path.write_text(text)
    return path


def test_counts_are_spread_to_the_next_line(tmp_path: Path) -> None:
    schedule = read_trace(written(tmp_path, "time,count\n# Monday\n100,4\n102,0\n\n103,2\n"))
    assert [time for _, time in schedule.due()] == pytest.approx([0, 0.5, 1, 1.5, 3, 3.5])
    assert schedule.seconds == 4


def test_iso_times_such_as_cloudwatch_exports(tmp_path: Path) -> None:
    schedule = read_trace(written(tmp_path, "2025-03-01T10:00:00Z,60\n2025-03-01T10:01:00+00:00,120\n2025-03-01T10:02:00,0\n"))
    assert (schedule.requests, schedule.seconds, schedule.peak) == (180, 180, 2)


def test_a_single_line_is_a_second(tmp_path: Path) -> None:
    assert read_trace(written(tmp_path, "0,5\n")).seconds == 1


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("0,5\n1,x\n", 2, "'x' is not a count"),
        ("0,5\n1,-2\n", 2, "'-2' is not a count"),
        ("0,5\n1,2.5\n", 2, "'2.5' is not a count"),
        ("0,5\n1,nan\n", 2, "'nan' is not a count"),
        ("time,count\n5,1\n5,1\n", 3, "not later than that of the line before"),
        ("0,5\n1\n", 2, "has 1 fields, not 2"),
        ("0,5,6\n", 1, "has 3 fields, not 2"),
        ("noon,5\n", 1, "'noon' is neither seconds nor an ISO 8601 time"),
        ("inf,5\n", 1, "'inf' is neither seconds"),
    ],
)
def test_a_bad_line_is_named(tmp_path: Path, text: str, line: int, said: str) -> None:
    path = written(tmp_path, text)
    with pytest.raises(InputError) as caught:
        read_trace(path)
    assert caught.value.message.startswith(f"{path}:{line}: ") and said in caught.value.message


@pytest.mark.parametrize(
    ("text", "said"),
    [("", "holds no line"), ("time,count\n", "holds no line"), ("0,0\n", "every count is 0"), ("0,900000\n", "at its peak")],
)
def test_a_useless_file(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(InputError, match=said):
        read_trace(written(tmp_path, text))


def test_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be read: No such file"):
        read_trace(tmp_path / "none.csv")
    (tmp_path / "binary.csv").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(InputError, match="no UTF-8 text"):
        read_trace(tmp_path / "binary.csv")
