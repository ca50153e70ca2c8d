"""Which options exist at a place of the configuration and what they mean, read from pydantic's own core schema."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pydantic import BaseModel


def known_options(model: type[BaseModel], path: tuple[str | int, ...]) -> list[str]:
    """Option names of the map at `path`. `path` is a pydantic error location, with the tags of unions in it."""
    names: dict[str, None] = {}
    for schema in _walk(_Schema(model.__pydantic_core_schema__), path):
        if schema.node["type"] == "model-fields":
            names.update({name: None for name, field in schema.node["fields"].items() if not field.get("serialization_exclude")})
    return list(names)


def description(model: type[BaseModel], path: tuple[str | int, ...]) -> str:
    """What the option at `path`, or the nearest one above it, is described as; empty when nothing is."""
    for length in range(len(path) - 1, -1, -1):
        for schema in _walk(_Schema(model.__pydantic_core_schema__), path[:length]):
            field = schema.owner.model_fields.get(str(path[length])) if schema.owner else None
            if field is not None and field.description:
                return field.description
    return ""


class _Schema:
    """One core schema with the definitions its references point at."""

    def __init__(self, node: Any, definitions: dict[str, Any] | None = None) -> None:
        self.definitions = definitions or {}
        self.owner: type[BaseModel] | None = None
        self.node = self._unwrap(node)

    def _unwrap(self, node: Any) -> Any:
        """Strip wrappers (defaults, validators, nullable, references) down to what has a shape."""
        while True:
            if node["type"] == "definitions":
                self.definitions = {**self.definitions, **{item["ref"]: item for item in node["definitions"]}}
                node = node["schema"]
            elif node["type"] == "definition-ref":
                node = self.definitions[node["schema_ref"]]
            elif isinstance(node.get("schema"), dict):
                self.owner = node["cls"] if node["type"] == "model" else self.owner
                node = node["schema"]
            else:
                return node

    def child(self, node: Any) -> _Schema:
        """A nested schema with the same definitions."""
        return _Schema(node, self.definitions)

    def step(self, step: str | int) -> Iterator[_Schema]:
        """The schemas that `step` of an error location leads to."""
        node = self.node
        if node["type"] == "model-fields" and step in node["fields"]:
            yield self.child(node["fields"][step]["schema"])
        elif node["type"] == "dict":
            yield self.child(node["values_schema"])
        elif node["type"] in ("list", "set", "frozenset"):
            yield self.child(node["items_schema"])
        elif node["type"] == "tuple":
            yield self.child(node["items_schema"][0])
        elif node["type"] == "tagged-union" and step in node["choices"]:
            yield self.child(node["choices"][step])
        elif node["type"] == "union":
            for choice in node["choices"]:
                yield from self.child(choice[0] if isinstance(choice, tuple) else choice).step(step)


def _walk(schema: _Schema, path: tuple[str | int, ...]) -> Iterator[_Schema]:
    if not path:
        yield schema
    for child in schema.step(path[0]) if path else ():
        yield from _walk(child, path[1:])
