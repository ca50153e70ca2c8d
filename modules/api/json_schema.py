"""Whether a request schema is JSON Schema draft 4 as API Gateway takes it: an error here is found at the desk, not at the apply.

API Gateway: "Data models for REST APIs". References are not followed: a schema stands in one piece in the environment's file.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

Place = tuple[str | int, ...]
_TYPES = ("array", "boolean", "integer", "null", "number", "object", "string")
_SCHEMAS = ("not", "additionalItems", "additionalProperties")
_MAPS = ("properties", "patternProperties")
_LISTS = ("allOf", "anyOf", "oneOf")


def check_schema(schema: Any, place: Place = ()) -> Iterator[tuple[Place, str]]:
    """`(place, message)` of everything in `schema` that draft 4 does not know; `place` leads to the schema itself."""
    if not isinstance(schema, Mapping):
        yield place, "must be a schema: a map"
        return
    for keyword, value in schema.items():
        at = (*place, keyword)
        if keyword in _LISTS or (keyword == "items" and isinstance(value, (list, tuple))):
            yield from _list(value, at)
        elif keyword in _MAPS:
            yield from _map(value, at)
        elif keyword == "items" or (keyword in _SCHEMAS and not (isinstance(value, bool) and keyword != "not")):
            yield from check_schema(value, at)
        elif keyword == "required":
            yield from _names(value, at)
        elif keyword not in _SCHEMAS:
            yield from _plain(keyword, value, at)


def _list(value: Any, at: Place) -> Iterator[tuple[Place, str]]:
    if not isinstance(value, (list, tuple)) or not value:
        yield at, "must be a list of schemas"
        return
    for index, item in enumerate(value):
        yield from check_schema(item, (*at, index))


def _map(value: Any, at: Place) -> Iterator[tuple[Place, str]]:
    if not isinstance(value, Mapping):
        yield at, "must be a map of schemas"
        return
    for name, item in value.items():
        yield from check_schema(item, (*at, name))


def _names(value: Any, at: Place) -> Iterator[tuple[Place, str]]:
    if not isinstance(value, (list, tuple)) or not value:
        yield at, "must be a list of property names (draft 4: at least one)"
        return
    yield from (((*at, index), "must be a property name") for index, item in enumerate(value) if not isinstance(item, str))


def _plain(keyword: str, value: Any, at: Place) -> Iterator[tuple[Place, str]]:
    rule = _RULES.get(keyword)
    if rule is None:
        yield at, f"{keyword!r} is not a keyword of JSON Schema draft 4 that API Gateway is given here"
    elif not rule[0](value):
        yield at, f"must be {rule[1]}"


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _is_count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _is_type(value: Any) -> bool:
    kinds = value if isinstance(value, (list, tuple)) else [value]
    return bool(kinds) and all(isinstance(kind, str) and kind in _TYPES for kind in kinds)


def _is_pattern(value: Any) -> bool:
    try:
        return isinstance(value, str) and bool(re.compile(value))
    except re.error:
        return False


Rule = tuple[Callable[[Any], bool], str]
_COUNT: Rule = (_is_count, "a whole number of 0 or more")
_NUMBER: Rule = (_is_number, "a number")
_TEXT: Rule = (lambda value: isinstance(value, str), "text")
_SWITCH: Rule = (lambda value: isinstance(value, bool), "true or false (draft 4: it belongs to minimum or maximum)")
_RULES: dict[str, Rule] = {
    "type": (_is_type, f"one of {', '.join(_TYPES)}, or a list of them"),
    "enum": (lambda value: isinstance(value, (list, tuple)) and bool(value), "a list of values"),
    "pattern": (_is_pattern, "a regular expression"),
    "default": (lambda _: True, ""),
    "multipleOf": (lambda value: _is_number(value) and value > 0, "a number above 0"),
    **dict.fromkeys(("minimum", "maximum"), _NUMBER),
    **dict.fromkeys(("exclusiveMinimum", "exclusiveMaximum"), _SWITCH),
    "uniqueItems": (lambda value: isinstance(value, bool), "true or false"),
    **dict.fromkeys(("minLength", "maxLength", "minItems", "maxItems", "minProperties", "maxProperties"), _COUNT),
    **dict.fromkeys(("title", "description", "format", "id", "$schema"), _TEXT),
}
