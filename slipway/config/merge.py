"""Merges an environment's file over the defaults. Every merged value keeps the place it was written at."""

from __future__ import annotations

from slipway.config.nodes import Entry, Node


def merge(base: Node, over: Node) -> Node:
    """`over` laid on `base`: maps merge key by key, lists and scalars replace, `null` removes a key of `base`.

    A map whose `kind` differs replaces the other whole: the options of one kind mean nothing to another.
    """
    if not isinstance(base.value, dict) or not isinstance(over.value, dict) or _kind_changes(base, over):
        return over
    entries = dict(base.value)
    for key, entry in over.value.items():
        if key in base.value and entry.node.value is None:
            del entries[key]
        elif key in base.value:
            entries[key] = Entry(entry.key, merge(base.value[key].node, entry.node))
        else:
            entries[key] = entry
    return Node(over.position, entries)


def _kind_changes(base: Node, over: Node) -> bool:
    before, after = base.entries.get("kind"), over.entries.get("kind")
    return before is not None and after is not None and before.node.value != after.node.value
