"""Option tables of a module's README, from its pydantic models."""

from __future__ import annotations

import json
import types
from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

_BOUNDS = {"ge": "at least {}", "le": "at most {}", "gt": "more than {}", "lt": "less than {}", "multiple_of": "a multiple of {}"}
_NAMES = {str: "string", int: "whole number", float: "number", bool: "true or false", type(None): "null"}


def option_tables(models: Sequence[type[BaseModel]]) -> str:
    """One Markdown table per model, nested models after the one that holds them."""
    return "\n\n".join(_table(model) for model in _with_nested(models))


def _with_nested(models: Sequence[type[BaseModel]]) -> list[type[BaseModel]]:
    found: list[type[BaseModel]] = []

    def visit(model: type[BaseModel]) -> None:
        if model in found:
            return
        found.append(model)
        for field in model.model_fields.values():
            for nested in _models_in(field.annotation):
                visit(nested)

    for model in models:
        visit(model)
    return found


def _models_in(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for argument in get_args(annotation):
        yield from _models_in(argument)


def _table(model: type[BaseModel]) -> str:
    doc = (model.__doc__ or "").strip().split("\n\n")[0].replace("\n", " ")
    lines = [f"**{model.__name__}**: {' '.join(doc.split())}", "", "| Option | Type | Default | Meaning |", "|---|---|---|---|"]
    for name, field in model.model_fields.items():
        lines.append(f"| `{name}` | {_cell(_type(field))} | {_cell(_default(field))} | {_cell(field.description or '')} |")
    return "\n".join(lines)


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


def _type(field: FieldInfo) -> str:
    bounds = [_BOUNDS[key].format(value) for item in field.metadata for key, value in _constraints(item).items() if key in _BOUNDS]
    return ", ".join([_type_name(field.annotation), *bounds])


def _constraints(item: Any) -> Mapping[str, Any]:
    return {key: getattr(item, key) for key in _BOUNDS if getattr(item, key, None) is not None}


def _type_name(annotation: Any) -> str:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return f"[{annotation.__name__}]"
    if annotation in _NAMES:
        return _NAMES[annotation]
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return _type_name(arguments[0])
    if origin is Literal:
        return " \\| ".join(f"`{argument}`" for argument in arguments).replace("\\|", "or")
    if origin in (Union, types.UnionType):
        return " or ".join(_type_name(argument) for argument in arguments)
    if origin in (tuple, list):
        return f"list of {_type_name(arguments[0])}"
    if origin in (dict, Mapping) or getattr(origin, "__name__", "") == "Mapping":
        return f"map of {_type_name(arguments[1])}"
    return getattr(annotation, "__name__", str(annotation))


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "required"
    value = field.get_default(call_default_factory=True)
    if value is PydanticUndefined:
        return ""
    if isinstance(value, BaseModel):
        return f"see {type(value).__name__}"
    if value is None:
        return "none"
    return f"`{json.dumps(value, default=_plain)}`"


def _plain(value: Any) -> Any:
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json")
    return sorted(value) if isinstance(value, frozenset | set) else str(value)
