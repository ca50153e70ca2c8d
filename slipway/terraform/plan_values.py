"""Reads the before and after values of a plan's JSON representation; sensitive ones never leave this file."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

SENSITIVE = "(sensitive)"
UNKNOWN = "(known after apply)"
_ABSENT = "(none)"
_MAX_LENGTH = 96


@dataclass(frozen=True)
class Difference:
    """One attribute that changes, as text a reviewer may see."""

    attribute: str
    before: str
    after: str


@dataclass(frozen=True)
class _Secret:
    """A sensitive value: comparable, so that a change of it shows, but never readable as text."""

    value: Any

    def __str__(self) -> str:
        return SENSITIVE

    __repr__ = __str__


def differences(change: dict[str, Any]) -> list[Difference]:
    """Every leaf that differs between `before` and `after` of a change, in attribute order."""
    before = _masked(change.get("before"), change.get("before_sensitive"))
    after = _with_unknown(_masked(change.get("after"), change.get("after_sensitive")), change.get("after_unknown"))
    found: list[Difference] = []
    _compare("", before, after, found)
    names = {item.attribute for item in found}
    return [
        item for item in found if not (item.attribute.startswith("tags_all") and item.attribute.replace("tags_all", "tags", 1) in names)
    ]


def causes(change: dict[str, Any]) -> list[Difference]:
    """The attributes that force a replacement, with their old and new values."""
    before = _masked(change.get("before"), change.get("before_sensitive"))
    after = _with_unknown(_masked(change.get("after"), change.get("after_sensitive")), change.get("after_unknown"))
    paths = change.get("replace_paths") or []
    return [Difference(attribute(path), text(_at(before, path)), text(_at(after, path))) for path in paths]


def attribute(path: Sequence[str | int]) -> str:
    """`production_variants[0].instance_type` of `["production_variants", 0, "instance_type"]`."""
    result = ""
    for part in path:
        result += f"[{part}]" if isinstance(part, int) else f"{'.' if result else ''}{part}"
    return result


def text(value: Any) -> str:
    """A value in at most 96 characters; strings stand as they are."""
    if value is None or value == "":
        return _ABSENT
    shown = value if isinstance(value, str) else json.dumps(value, sort_keys=True, ensure_ascii=False, default=str)
    if isinstance(value, _Secret):
        return SENSITIVE
    shown = " ".join(shown.split())
    return shown if len(shown) <= _MAX_LENGTH else f"{shown[: _MAX_LENGTH - 1]}…"


def masked_values(change: dict[str, Any], side: str) -> dict[str, Any]:
    """`before` or `after` as a mapping; sensitive values in it print as `(sensitive)`."""
    values = _masked(change.get(side), change.get(f"{side}_sensitive"))
    return values if isinstance(values, dict) else {}


def _masked(value: Any, sensitive: Any) -> Any:
    """Terraform marks a sensitive leaf, or a whole subtree, with `true` at the same place."""
    if sensitive is True:
        return _Secret(value) if value is not None else None
    if isinstance(value, dict) and isinstance(sensitive, dict):
        return {key: _masked(item, sensitive.get(key)) for key, item in value.items()}
    if isinstance(value, list) and isinstance(sensitive, list):
        return [_masked(item, sensitive[index] if index < len(sensitive) else None) for index, item in enumerate(value)]
    return value


def _with_unknown(value: Any, unknown: Any) -> Any:
    """Puts `(known after apply)` where Terraform does not know the value yet."""
    if unknown is True:
        return UNKNOWN
    if isinstance(unknown, dict) and isinstance(value, dict | None):
        known = dict(value or {})
        return {**known, **{key: _with_unknown(known.get(key), item) for key, item in unknown.items() if item not in (False, {}, [])}}
    if isinstance(unknown, list) and isinstance(value, list):
        return [_with_unknown(item, unknown[index] if index < len(unknown) else None) for index, item in enumerate(value)]
    return value


def _compare(path: str, before: Any, after: Any, found: list[Difference]) -> None:
    if before == after:
        return
    before, after = _parsed(before), _parsed(after)
    if isinstance(before, dict) and isinstance(after, dict):
        for key in sorted({*before, *after}):
            _compare(f"{path}.{key}" if path else str(key), before.get(key), after.get(key), found)
    elif isinstance(before, list) and isinstance(after, list) and len(before) == len(after):
        for index, pair in enumerate(zip(before, after, strict=True)):
            _compare(f"{path}[{index}]", *pair, found)
    elif before != after and not (_empty(before) and _empty(after)):
        found.append(Difference(path, text(before), text(after)))


def _parsed(value: Any) -> Any:
    """A JSON document in a string, such as a policy, is compared member by member."""
    if not (isinstance(value, str) and value.startswith("{")):
        return value
    try:
        return json.loads(value)
    except ValueError:
        return value


def _empty(value: Any) -> bool:
    """Providers write an absent value as null, zero, false or an empty collection; between those nothing changes."""
    return value is None or (not isinstance(value, _Secret) and value in ("", [], {}, 0, False))


def _at(value: Any, path: Sequence[str | int]) -> Any:
    for part in path:
        if isinstance(value, dict):
            value = value.get(part)
        elif isinstance(value, list) and isinstance(part, int) and part < len(value):
            value = value[part]
        else:
            return value if isinstance(value, _Secret) or value == UNKNOWN else None
    return value
