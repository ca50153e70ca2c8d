"""Composes YAML events into nodes: one pass, bounded, every problem collected with its place.

The parser is ruamel.yaml's; only the step from events to values is ours, because it must keep positions, refuse duplicate
keys and tags, and count what aliases would expand to *before* anything is expanded.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from slipway.config.nodes import Entry, Node, Path, Position
from slipway.config.problems import Problem
from slipway.config.scalars import refusal, resolve
from slipway.config.source import Unreadable

MAX_DEPTH = 32
MAX_NODES = 100_000
_MERGE_KEY = "<<"


def compose(text: str, name: str) -> tuple[Node, list[Problem]]:
    """The document's root (always a map) and what is wrong with it. Raises `Unreadable` for what is no YAML map."""
    composer = _Composer(name)
    try:
        return composer.document(YAML(typ="safe", pure=True).parse(text)), composer.problems
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        where = Position(name, mark.line + 1, mark.column + 1) if mark else Position(name, 1, 1)
        raise Unreadable(Problem(where, (), f"not valid YAML: {error.problem or error.context}")) from None
    except YAMLError as error:
        reason = getattr(error, "reason", "") or "the text cannot be parsed"
        raise Unreadable(Problem(_reader_position(text, name, error), (), f"not valid YAML: {reason}")) from None
    except (ValueError, OverflowError):
        raise Unreadable(Problem(composer.last, (), "not valid YAML: an escape names no character")) from None


def _reader_position(text: str, name: str, error: YAMLError) -> Position:
    offset = getattr(error, "position", 0) or 0
    return Position(name, text.count("\n", 0, offset) + 1, offset - text.rfind("\n", 0, offset))


class _Composer:
    """Walks the events of one file. Recursion is bounded by `MAX_DEPTH`."""

    def __init__(self, name: str) -> None:
        self.problems: list[Problem] = []
        self.last = Position(name, 1, 1)
        self._name = name
        self._anchors: dict[str, Node] = {}
        self._path: list[str | int] = []
        self._total = 0

    def document(self, events: Iterator[Any]) -> Node:
        """The root map of the only document."""
        self._events = events
        self._next()
        if type(event := self._next()).__name__ == "StreamEndEvent":
            raise self._fatal(event, "the file is empty; it must hold a map of options")
        event = self._next()
        root = self._node(event)
        if not isinstance(root.value, dict):
            raise self._fatal(event, "the file must hold a map of options (`key: value` lines)")
        self._next()
        if type(event := self._next()).__name__ != "StreamEndEvent":
            raise self._fatal(event, "a second YAML document; one file holds one map of options")
        return root

    def _next(self) -> Any:
        event = next(self._events)
        self.last = self._at(event)
        return event

    def _at(self, event: Any) -> Position:
        return Position(self._name, event.start_mark.line + 1, event.start_mark.column + 1)

    def _report(self, event: Any, text: str, path: Path | None = None) -> None:
        self.problems.append(Problem(self._at(event), tuple(self._path) if path is None else path, text))

    def _fatal(self, event: Any, text: str) -> Unreadable:
        return Unreadable(Problem(self._at(event), tuple(self._path), text))

    def _node(self, event: Any) -> Node:
        kind = type(event).__name__
        if kind == "AliasEvent":
            return self._alias(event)
        if len(self._path) > MAX_DEPTH:
            raise self._fatal(event, f"nested deeper than {MAX_DEPTH} levels")
        if event.tag is not None:
            self._report(event, f"YAML tag {str(event.tag)[:60]} is not allowed; write plain values")
        node = {"ScalarEvent": self._scalar, "SequenceStartEvent": self._list, "MappingStartEvent": self._map}[kind](event)
        self._count(event, 1)
        if event.anchor:
            self._anchors[event.anchor] = node
        return node

    def _count(self, event: Any, size: int) -> None:
        self._total += size
        if self._total > MAX_NODES:
            raise self._fatal(event, f"more than {MAX_NODES} values once aliases are expanded")

    def _alias(self, event: Any) -> Node:
        node = self._anchors.get(event.anchor)
        if node is None:
            self._report(event, f"alias *{event.anchor[:60]} has no anchor before it (or stands inside its own)")
            return Node(self._at(event), None)
        self._count(event, node.size)
        if len(self._path) + node.height > MAX_DEPTH + 1:
            raise self._fatal(event, f"nested deeper than {MAX_DEPTH} levels once aliases are expanded")
        return node

    def _scalar(self, event: Any) -> Node:
        text = str(event.value)
        if reason := refusal(text):
            self._report(event, reason)
        if event.style is not None:
            return Node(self._at(event), text)
        try:
            return Node(self._at(event), resolve(text))
        except ValueError as error:
            self._report(event, str(error))
            return Node(self._at(event), text)

    def _list(self, start: Any) -> Node:
        items: list[Node] = []
        while type(event := self._next()).__name__ != "SequenceEndEvent":
            self._path.append(len(items))
            items.append(self._node(event))
            self._path.pop()
        return Node(self._at(start), items, *_measure(items))

    def _map(self, start: Any) -> Node:
        entries: dict[str, Entry] = {}
        merged: list[Node] = []
        while type(event := self._next()).__name__ != "MappingEndEvent":
            key = self._key(event, entries, bool(merged))
            self._path.append(key)
            node = self._node(self._next())
            if key == _MERGE_KEY:
                merged = self._merge_sources(event, node)
            else:
                entries.setdefault(key, Entry(self._at(event), node))
            self._path.pop()
        for source in merged:
            for inherited, entry in source.entries.items():
                entries.setdefault(inherited, entry)
        return Node(self._at(start), entries, *_measure([entry.node for entry in entries.values()]))

    def _key(self, event: Any, entries: dict[str, Entry], has_merge: bool) -> str:
        if type(event).__name__ != "ScalarEvent":
            raise self._fatal(event, "a key must be plain text")
        if event.tag is not None:
            self._report(event, f"YAML tag {str(event.tag)[:60]} is not allowed; write plain values")
        key = str(event.value)
        path = (*self._path, key)
        if reason := refusal(key):
            self._report(event, reason, path)
        elif event.style is None and not _is_text(key):
            self._report(event, "a key must be text; put it in quotes", path)
        if key in entries:
            self._report(event, f"duplicate key; first given in line {entries[key].key.line}", path)
        if key == _MERGE_KEY and has_merge:
            self._report(event, "duplicate key; merge several maps with <<: [*a, *b]", path)
        return key

    def _merge_sources(self, event: Any, node: Node) -> list[Node]:
        sources = node.value if isinstance(node.value, list) else [node]
        if not sources or not all(isinstance(source.value, dict) for source in sources):
            self._report(event, "<< takes a map, or a list of maps, given by alias")
            return []
        return sources


def _is_text(key: str) -> bool:
    try:
        return isinstance(resolve(key), str)
    except ValueError:
        return False


def _measure(children: list[Node]) -> tuple[int, int]:
    """Size and height of a collection of `children`."""
    return 1 + sum(child.size for child in children), 1 + max((child.height for child in children), default=0)
