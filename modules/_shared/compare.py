"""Compares an answer with the expected one and names the first difference."""

from __future__ import annotations

import json
import math
from typing import Any

_MAX_SHOWN = 80


def json_difference(expected: Any, actual: Any, tolerance: float, path: str = "$") -> str | None:
    """The first difference of two JSON values with its JSON path, such as `$.predictions[0].score: ...`. None when equal.

    Numbers may differ by `tolerance`. true and false are no numbers; 1 and 1.0 are the same.
    """
    if _number(expected) and _number(actual):
        return None if close(expected, actual, tolerance) else _unequal(path, expected, actual, tolerance)
    if isinstance(expected, dict) and isinstance(actual, dict):
        return _object_difference(expected, actual, tolerance, path)
    if isinstance(expected, list) and isinstance(actual, list):
        if len(expected) != len(actual):
            return f"{path}: expected {_count(expected)}, got {len(actual)}"
        found = (json_difference(e, a, tolerance, f"{path}[{i}]") for i, (e, a) in enumerate(zip(expected, actual, strict=True)))
        return next((difference for difference in found if difference), None)
    same = type(expected) is type(actual) and expected == actual
    return None if same else _unequal(path, expected, actual)


def _object_difference(expected: dict[str, Any], actual: dict[str, Any], tolerance: float, path: str) -> str | None:
    for name, value in expected.items():
        if name not in actual:
            return f"{path}.{name}: missing in the answer"
        difference = json_difference(value, actual[name], tolerance, f"{path}.{name}")
        if difference:
            return difference
    more = [name for name in actual if name not in expected]
    return f"{path}.{more[0]}: not expected" if more else None


def text_difference(expected: str, actual: str, tolerance: float) -> str | None:
    """The first difference of two texts, line by line and field by field; numbers may differ by `tolerance`.

    Line ends (LF or CRLF) and a missing last one do not matter.
    """
    wanted, lines = expected.splitlines(), actual.splitlines()
    for number, (line, got) in enumerate(zip(wanted, lines, strict=False), start=1):
        if line == got:
            continue
        fields, others = line.split(","), got.split(",")
        if len(fields) != len(others):
            return f"line {number}: expected {_show(line)}, got {_show(got)}"
        for field, (one, other) in enumerate(zip(fields, others, strict=True), start=1):
            if not _same_field(one.strip(), other.strip(), tolerance):
                return _unequal(f"line {number}, field {field}", one, other, tolerance)
    if len(wanted) != len(lines):
        return f"expected {len(wanted)} lines, got {len(lines)}"
    return None


def bytes_difference(expected: bytes, actual: bytes) -> str | None:
    """The first differing byte, or the lengths."""
    if expected == actual:
        return None
    place = next((i for i, (one, other) in enumerate(zip(expected, actual, strict=False)) if one != other), None)
    if place is None:
        return f"expected {len(expected)} bytes, got {len(actual)}"
    return f"byte {place}: expected 0x{expected[place]:02x}, got 0x{actual[place]:02x}"


def parse_json(body: bytes) -> Any:
    """The answer as JSON. ValueError says why it is none; NaN and Infinity are none."""

    def refuse(name: str) -> Any:
        raise ValueError(f"{name} is not JSON")

    return json.loads(body, parse_constant=refuse)


def close(expected: float, actual: float, tolerance: float) -> bool:
    """Whether two numbers differ by no more than `tolerance`, allowing for the rounding of the difference itself."""
    return math.isclose(expected, actual, rel_tol=1e-12, abs_tol=tolerance)


def _number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _same_field(one: str, other: str, tolerance: float) -> bool:
    try:
        return one == other or close(float(one), float(other), tolerance)
    except ValueError:
        return False


def _count(items: list[Any]) -> str:
    return "1 item" if len(items) == 1 else f"{len(items)} items"


def _unequal(where: str, expected: Any, actual: Any, tolerance: float = 0.0) -> str:
    within = f" within {tolerance:g}" if tolerance else ""
    return f"{where}: expected {_show(expected)}{within}, got {_show(actual)}"


def _show(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value)
    shown = json.dumps(text, ensure_ascii=False) if isinstance(value, str) else text
    return shown if len(shown) <= _MAX_SHOWN else shown[: _MAX_SHOWN - 3] + "..."
