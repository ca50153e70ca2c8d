"""Turns a pydantic `ValidationError` into problems with places in the YAML files."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ValidationError

from slipway.config.known import description, known_options
from slipway.config.nodes import Node, Path, find, place
from slipway.config.problems import CROSS_FIELD, Problem, did_you_mean, nearest
from slipway.config.wording import word

_DISCRIMINATORS: dict[str, Path] = {"hosting_kind()": ("hosting", "kind"), "parameter_type()": ("type",)}
"""Where the option is that decides between the members of a union, when it is a function that reads it: else `kind`, beside the others."""


def explain(error: ValidationError, model: type[BaseModel], root: Node) -> list[Problem]:
    """One problem per finding, without those that only follow from another one."""
    findings = error.errors(include_url=False)
    misspelt = {_meant(finding, model) for finding in findings if finding["type"] == "extra_forbidden"}
    return [_problem(finding, model, root) for finding in findings if not _follows_from_another(finding, root, misspelt)]


def _meant(finding: Any, model: type[BaseModel]) -> tuple[Any, ...]:
    """The location of the option that an unknown one was most likely meant to be."""
    *parent, name = finding["loc"]
    return (*parent, nearest(str(name), known_options(model, tuple(parent))))


def _follows_from_another(finding: Any, root: Node, misspelt: set[tuple[Any, ...]]) -> bool:
    """An option is missing because it is misspelt; a list is too short because its only entry is wrong.

    Findings of type `cross_field` count too: `checks` reports them one by one, with their places.
    """
    if finding["type"] == "too_short":
        _, node = find(root, real_path(root, finding["loc"]))
        return node is not None and isinstance(node.value, list) and len(node.value) >= finding["ctx"]["min_length"]
    return finding["type"] == CROSS_FIELD or (finding["type"] == "missing" and finding["loc"] in misspelt)


def _problem(finding: Any, model: type[BaseModel], root: Node) -> Problem:
    kind, location = finding["type"], finding["loc"]
    if location and location[-1] == "[key]":
        path = real_path(root, location[:-1])
        text = word(finding)
        return Problem(find(root, path)[0], path, text if kind == "value_error" else f"as a name {text}")
    path = real_path(root, location)
    if kind == "extra_forbidden":
        return Problem(find(root, path)[0], path, f"unknown option{did_you_mean(str(location[-1]), known_options(model, location[:-1]))}")
    if kind == "missing":
        path = (*real_path(root, location[:-1]), location[-1])
    if kind in ("union_tag_invalid", "union_tag_not_found"):
        discriminator = str(finding["ctx"]["discriminator"])
        named = (discriminator.strip("'"),) if discriminator.startswith("'") else ("kind",)
        path += _DISCRIMINATORS.get(discriminator, named)
    text = word(finding, description(model, location) if kind == "string_pattern_mismatch" else "")
    return Problem(place(root, path), path, text)


def real_path(root: Node, location: tuple[Any, ...]) -> Path:
    """The location without the steps pydantic adds for itself: tags of unions and names of validators."""
    path: list[str | int] = []
    node = root
    for step in location:
        if isinstance(node.value, dict) and step in node.value:
            node = node.value[step].node
        elif isinstance(node.value, list) and isinstance(step, int) and step < len(node.value):
            node = node.value[step]
        else:
            continue
        path.append(step)
    return tuple(path)
