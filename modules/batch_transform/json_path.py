"""The JSONPath of batch transform's filters: parsed once, applied to records. Pure Python.

The operators are those of SageMaker (developer guide, "Associate Prediction Results with Input Records", Supported JSONPath
Operators): `$`, `.name`, `.*`, `['a','b']`, `[0,2]`, `[1:5]`, and numbers and ranges mixed, such as `$[0,5:]`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

LONGEST = 63
"""Characters of a filter (API: JsonPath)."""
_NAME = re.compile(r"\.([A-Za-z_][A-Za-z0-9_-]*)")
_QUOTED = re.compile(r"\s*(?:'([^'\\]*)'|\"([^\"\\]*)\")\s*")
_NUMBER = re.compile(r"\s*(?:(-?\d+)?\s*(:)\s*(-?\d+)?|(-?\d+))\s*")
_BRACKET = re.compile(r"\.?\[((?:'[^']*'|\"[^\"]*\"|[^\]'\"])*)\]")


@dataclass(frozen=True)
class _Step:
    """One operator. `many`: the result is a collection even when it holds one value."""

    keys: tuple[str | int | slice, ...]
    many: bool
    everything: bool = False


@dataclass(frozen=True)
class JsonPath:
    """A parsed filter."""

    text: str
    steps: tuple[_Step, ...]

    def select(self, value: Any) -> Any:
        """The part of `value` that the filter names. KeyError (with what is missing) when it has no such part."""
        for step in self.steps:
            value = _apply(step, value)
        return value


def parse(text: str) -> JsonPath:
    """Parse a filter. ValueError says what is wrong with it."""
    if not text.startswith("$"):
        raise ValueError(f"{text!r} is no JSONPath: it begins with $")
    if len(text) > LONGEST:
        raise ValueError(f"{text!r} has {len(text)} characters; SageMaker takes {LONGEST}")
    steps, position = [], 1
    while position < len(text):
        if text.startswith(".*", position):
            steps.append(_Step((), many=True, everything=True))
            position += 2
        elif found := _NAME.match(text, position):
            steps.append(_Step((found[1],), many=False))
            position = found.end()
        elif found := _BRACKET.match(text, position):
            steps.append(_bracket(found[1], text))
            position = found.end()
        else:
            raise ValueError(f"{text!r}: {text[position:]!r} is none of .name, .*, ['name'], [number] and [from:to]")
    return JsonPath(text, tuple(steps))


def _bracket(inside: str, text: str) -> _Step:
    """The keys in one pair of brackets: names, or numbers and ranges."""
    if inside.strip() in ("*", ""):
        return _Step((), many=True, everything=True)
    keys: list[str | int | slice] = []
    pattern = _QUOTED if inside.lstrip()[:1] in ("'", '"') else _NUMBER
    position = 0
    while True:
        found = pattern.match(inside, position)
        if not found:
            raise ValueError(f"{text!r}: [{inside}] holds neither names in quotes nor numbers and ranges")
        keys.append(_key(found, named=pattern is _QUOTED))
        position = found.end()
        if position == len(inside):
            return _Step(tuple(keys), many=len(keys) > 1 or isinstance(keys[0], slice))
        if inside[position] != ",":
            raise ValueError(f"{text!r}: [{inside}] needs commas between its parts")
        position += 1


def _key(found: re.Match[str], *, named: bool) -> str | int | slice:
    if named:
        return found[1] if found[1] is not None else found[2]
    if found[2]:
        return slice(int(found[1]) if found[1] else None, int(found[3]) if found[3] else None)
    return int(found[4])


def _apply(step: _Step, value: Any) -> Any:
    if step.everything:
        if not isinstance(value, dict | list):
            raise KeyError("*")
        return list(value.values()) if isinstance(value, dict) else list(value)
    if isinstance(step.keys[0], str):
        if not isinstance(value, dict):
            raise KeyError(step.keys[0])
        missing = [key for key in step.keys if key not in value]
        if missing:
            raise KeyError(missing[0])
        return {key: value[key] for key in step.keys} if step.many else value[step.keys[0]]
    if not isinstance(value, list):
        raise KeyError(str(step.keys[0]))
    return _elements(step, value)


def _elements(step: _Step, value: list[Any]) -> Any:
    picked: list[Any] = []
    for key in step.keys:
        if isinstance(key, slice):
            picked += value[key]
        elif isinstance(key, int) and -len(value) <= key < len(value):
            picked.append(value[key])
        else:
            raise KeyError(f"index {key} of {len(value)} values")
    return picked if step.many else picked[0]
