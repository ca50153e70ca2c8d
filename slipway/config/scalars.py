"""What a YAML scalar means: YAML 1.2 core schema, minus everything that surprises."""

from __future__ import annotations

import re

from slipway.config.nodes import Scalar

_NULL = {"", "~", "null", "Null", "NULL"}
_BOOL = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
_INT = re.compile(r"[-+]?(0|[1-9][0-9]*)\Z")
_LEADING_ZERO = re.compile(r"[-+]?0[0-9]+\Z")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?\Z")
_NOT_FINITE = re.compile(r"([-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN))\Z")
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f]")
_MAX_DIGITS = 18


def resolve(text: str) -> Scalar:
    """The value of an unquoted scalar. Raises `ValueError` (with the reason) for a refused one."""
    if text in _NULL:
        return None
    if text in _BOOL:
        return _BOOL[text]
    if _INT.match(text):
        if len(text) > _MAX_DIGITS:
            raise ValueError(f"number of more than {_MAX_DIGITS} digits; quote it when it is text")
        return int(text)
    if _LEADING_ZERO.match(text):
        raise ValueError(f"number with a leading zero; quote it when it is text: {text[:20]!r}")
    if _NOT_FINITE.match(text):
        raise ValueError("NaN and infinity are not allowed")
    if _FLOAT.match(text):
        return _finite(text)
    return text


def _finite(text: str) -> float:
    value = float(text)
    if value in (float("inf"), float("-inf")):
        raise ValueError("NaN and infinity are not allowed")
    return value


def refusal(text: str) -> str | None:
    """Why a string may not appear anywhere (key or value), or None.

    `${` and `%{` would be evaluated by Terraform: a value from this file must never become code.
    """
    for mark in ("${", "%{"):
        if mark in text:
            return f"'{mark}' is not allowed: Terraform would evaluate it"
    if _CONTROL.search(text):
        return "control character in text"
    if any("\ud800" <= character <= "\udfff" for character in text):
        return "half of a surrogate pair in text"
    return None
