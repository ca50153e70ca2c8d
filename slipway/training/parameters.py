"""Parameters of an execution as a person writes them: `NAME=VALUE`, checked against the pipeline's definition."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from slipway.config.problems import nearest
from slipway.errors import InputError


def read_parameters(given: Sequence[str]) -> dict[str, str]:
    """`NAME=VALUE` texts by name. InputError for a text without `=` and for a name given twice."""
    values: dict[str, str] = {}
    for text in given:
        name, equals, value = text.partition("=")
        if not equals or not name:
            raise InputError(f"--parameter {text}: not NAME=VALUE", fix="write it like --parameter C=0.5")
        if name in values:
            raise InputError(f"--parameter {name} is given twice", fix="leave one out")
        values[name] = value
    return values


def check_parameters(pipeline: str, definition: Mapping[str, Any], values: Mapping[str, str]) -> None:
    """InputError for a parameter that the definition does not have, of another type, or missing."""
    declared = {item["Name"]: item for item in definition.get("Parameters", [])}
    for name, value in values.items():
        if name not in declared:
            near = nearest(name, list(declared))
            said = f"did you mean {near}? " if near else ""
            known = ", ".join(sorted(declared)) or "none"
            raise InputError(f"pipeline {pipeline} has no parameter {name!r}", fix=f"{said}parameters there: {known}")
        _check_value(declared[name], value)
    if missing := [name for name, item in declared.items() if "DefaultValue" not in item and name not in values]:
        raise InputError(f"parameter {missing[0]} has no default", fix=f"--parameter {missing[0]}=VALUE")


def _check_value(item: Mapping[str, Any], value: str) -> None:
    """InputError when the text is no value of the parameter's type."""
    tests: dict[str, Callable[[str], object]] = {"Integer": int, "Float": float, "Boolean": {"true": 1, "false": 1}.__getitem__}
    try:
        tests.get(item["Type"], str)(value)
    except (ValueError, KeyError):
        raise InputError(
            f"parameter {item['Name']}={value} is no {item['Type']}", fix=f"its default is {item.get('DefaultValue')}"
        ) from None
    if item.get("EnumValues") and value not in item["EnumValues"]:
        raise InputError(f"parameter {item['Name']}={value} is not allowed", fix=f"one of {', '.join(item['EnumValues'])}")
