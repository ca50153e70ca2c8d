"""A parsed YAML value that remembers, for every key and value, the file, line and column it came from."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any, NamedTuple

Step = str | int
Path = tuple[Step, ...]
Scalar = str | int | float | bool | None

_PLAIN_KEY = re.compile(r"[A-Za-z0-9_-]{1,80}\Z")


class Position(NamedTuple):
    """Where something is written. `file` is relative to the project root; line and column count from 1."""

    file: str
    line: int
    column: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


class Entry(NamedTuple):
    """One `key: value` of a map."""

    key: Position
    node: Node


@dataclass(frozen=True)
class Node:
    """A scalar, a list of nodes, or a map of entries. Aliases share nodes, so a tree may be larger than its file.

    `size` counts the nodes below and including this one after aliases are expanded; `height` the levels.
    """

    position: Position
    value: Scalar | list[Node] | dict[str, Entry]
    size: int = 1
    height: int = 1

    @property
    def entries(self) -> dict[str, Entry]:
        """The map's entries; empty when this is no map."""
        return self.value if isinstance(self.value, dict) else {}


def plain(node: Node) -> Any:
    """The value as ordinary Python data."""
    if isinstance(node.value, dict):
        return {key: plain(entry.node) for key, entry in node.value.items()}
    if isinstance(node.value, list):
        return [plain(item) for item in node.value]
    return node.value


def find(root: Node, path: Path) -> tuple[Position, Node | None]:
    """The value at `path`, and the position of its key. When only a part of the path is written: that part's position and None."""
    node, position = root, root.position
    for step in path:
        if isinstance(node.value, dict) and step in node.value:
            position, node = node.value[str(step)]
        elif isinstance(node.value, list) and isinstance(step, int) and 0 <= step < len(node.value):
            node = node.value[step]
            position = node.position
        else:
            return position, None
    return position, node


def place(root: Node, path: Path) -> Position:
    """Where to look: at the value when it is a scalar; at the key when it is a map, a list or missing."""
    position, node = find(root, path)
    return position if node is None or isinstance(node.value, (dict, list)) else node.position


def show_path(path: Path) -> str:
    """`endpoints.churn.variants[0].instance_type`; unusual keys as `["..."]`."""
    text = ""
    for step in path:
        if isinstance(step, int):
            text += f"[{step}]"
        elif _PLAIN_KEY.match(step):
            text += f".{step}" if text else step
        else:
            text += f"[{json.dumps(step[:80])}]"
    return text
