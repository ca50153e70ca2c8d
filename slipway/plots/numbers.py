"""Numbers as people read them; assets/text.js writes the same forms."""

from __future__ import annotations

import math

_PREFIXES = ((1e12, "T"), (1e9, "G"), (1e6, "M"), (1e4, "k"))
NOTHING = "–"


def number(value: float | None) -> str:
    """Four digits that count, with k (from 10,000), M, G or T; a dash for None and for what is no number."""
    if value is None or not math.isfinite(value):
        return NOTHING
    for size, letter in _PREFIXES:
        if abs(value) >= size:
            return f"{_short(value / (1e3 if letter == 'k' else size))}{letter}"
    return _short(value)


def with_unit(value: float | None, unit: str) -> str:
    """The number and its unit, `%` without a space."""
    text = number(value)
    if not unit or text == NOTHING:
        return text
    return f"{text}{unit}" if unit == "%" else f"{text} {unit}"


def _short(value: float) -> str:
    text = f"{value:.4g}"
    return f"{float(text):.0f}" if "e+" in text else text
