"""Says pydantic's findings in the words of the file: what is wrong, what was written, what would be right."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from slipway.config.names import RULES
from slipway.config.problems import nearest

_QUOTED = re.compile(r"'([^']*)'")
_MAX_SHOWN = 60


def shown(value: Any) -> str:
    """A value as a reader of the file knows it, cut after 60 characters."""
    if isinstance(value, dict):
        return "a map"
    if isinstance(value, (list, tuple)):
        return "a list"
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    text = repr(value) if isinstance(value, str) else f"the number {value}"
    return text if len(text) <= _MAX_SHOWN else text[: _MAX_SHOWN - 3] + "..."


def word(error: Mapping[str, Any], meaning: str = "") -> str:
    """The sentence for one entry of `ValidationError.errors()` (other than an unknown option).

    `meaning` is the option's description; it says what a pattern is for.
    """
    kind, context, value = str(error["type"]), error.get("ctx", {}), error["input"]
    if kind == "string_pattern_mismatch":
        return _pattern(context["pattern"], value, meaning)
    if kind in _KINDS:
        return _KINDS[kind](context, value)
    text = str(error["msg"]).removeprefix("Value error, ")
    return text[:1].lower() + text[1:] if text.startswith(("Input ", "String ", "Unable ")) else text


def _must_be(what: str) -> Callable[[Any, Any], str]:
    return lambda _context, value: f"must be {what}, got {shown(value)}"


def _string(_context: Any, value: Any) -> str:
    hint = "; put it in quotes" if isinstance(value, (bool, int, float)) else ""
    return f"must be a string, got {shown(value)}{hint}"


def _bound(text: str, name: str) -> Callable[[Any, Any], str]:
    return lambda context, value: f"must be {text} {context[name]:g}, got {shown(value)}"


def _length(one: str, many: str, limit: str, name: str) -> Callable[[Any, Any], str]:
    def say(context: Any, value: Any) -> str:
        actual = context.get("actual_length", len(value) if hasattr(value, "__len__") else None)
        unit = one if context[name] == 1 else many
        return f"must have {limit} {context[name]} {unit}" + (f", got {actual}" if actual is not None else "")

    return say


def _pattern(pattern: str, value: Any, meaning: str) -> str:
    if pattern in RULES:
        return f"{shown(value)} is not allowed: {RULES[pattern]}"
    wanted = f"; expected: {meaning.rstrip('.')}" if meaning else ""
    return f"{shown(value)} does not match {pattern}{wanted}"


def _choice(context: Any, value: Any) -> str:
    expected = str(context["expected"])
    return _one_of(_QUOTED.findall(expected) or expected.replace(" or ", ", ").split(", "), value)


def _tag(context: Any, _value: Any) -> str:
    return _one_of(_QUOTED.findall(str(context["expected_tags"])), context["tag"])


def _one_of(choices: list[str], value: Any) -> str:
    if len(choices) == 1:
        return f"must be {choices[0]}, got {shown(value)}"
    near = nearest(str(value), choices)
    hint = f"; did you mean {near}?" if near else ""
    return f"must be one of {', '.join(choices)}, got {shown(value)}{hint}"


_KINDS: dict[str, Callable[[Any, Any], str]] = {
    "missing": lambda _context, _value: "missing; this option is required",
    "string_type": _string,
    "int_type": _must_be("a whole number"),
    "int_from_float": _must_be("a whole number"),
    "float_type": _must_be("a number"),
    "bool_type": _must_be("true or false"),
    "dict_type": _must_be("a map"),
    "model_type": _must_be("a map"),
    "model_attributes_type": _must_be("a map"),
    "tuple_type": _must_be("a list"),
    "list_type": _must_be("a list"),
    "date_type": _must_be("a date such as 2027-01-31"),
    "finite_number": _must_be("a finite number"),
    "greater_than_equal": _bound("at least", "ge"),
    "greater_than": _bound("greater than", "gt"),
    "less_than_equal": _bound("at most", "le"),
    "less_than": _bound("less than", "lt"),
    "multiple_of": _bound("a multiple of", "multiple_of"),
    "string_too_short": _length("character", "characters", "at least", "min_length"),
    "string_too_long": _length("character", "characters", "at most", "max_length"),
    "too_short": _length("entry", "entries", "at least", "min_length"),
    "too_long": _length("entry", "entries", "at most", "max_length"),
    "literal_error": _choice,
    "union_tag_invalid": _tag,
    "union_tag_not_found": lambda context, _value: f"missing; {context['discriminator'].strip(chr(39))} decides which options apply",
}
