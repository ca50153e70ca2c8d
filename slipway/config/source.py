"""Reads one configuration file as text, within limits, so that nothing later meets a surprise."""

from __future__ import annotations

from pathlib import Path

from slipway.config.nodes import Position
from slipway.config.problems import Problem

MAX_BYTES = 1024 * 1024


class Unreadable(Exception):
    """The file cannot be read as YAML at all; `problem` says why."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(str(problem))
        self.problem = problem


def read_text(path: Path, name: str) -> str:
    """The file's text without tabs, at most 1 MiB of UTF-8. `name` is how errors call the file.

    Raises `Unreadable` with the place of the first offending byte or character.
    """
    data = _read_bytes(path, name)
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = data[: error.start]
        line, column = before.count(b"\n") + 1, len(before) - (before.rfind(b"\n") + 1) + 1
        raise _unreadable(name, f"not UTF-8 text (byte 0x{data[error.start]:02x}); save the file as UTF-8", line, column) from None
    tab = text.find("\t")
    if tab >= 0:
        line, column = text.count("\n", 0, tab) + 1, tab - (text.rfind("\n", 0, tab) + 1) + 1
        raise _unreadable(name, 'tab character; indent with spaces, write "\\t" inside double quotes', line, column)
    return text


def _read_bytes(path: Path, name: str) -> bytes:
    try:
        if not path.is_file():
            raise _unreadable(name, "not a regular file")
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise _unreadable(name, f"cannot be read: {error.strerror or error}") from None
    if len(data) > MAX_BYTES:
        raise _unreadable(name, f"larger than {MAX_BYTES // 1024} KiB; a configuration file is small")
    return data


def _unreadable(name: str, text: str, line: int = 1, column: int = 1) -> Unreadable:
    return Unreadable(Problem(Position(name, line, column), (), text))
