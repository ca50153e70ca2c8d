"""A pipeline's definition: what CreatePipeline refuses, its parameters, and its steps as a graph.

https://docs.aws.amazon.com/sagemaker/latest/dg/build-and-manage-steps.html
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from moto.sagemaker.exceptions import ValidationError

from slipway.localaws.pipelines.errors import StepFailed
from slipway.localaws.pipelines.values import references, step_of, tokens

VERSION = "2020-12-01"
TYPES = ("String", "Integer", "Float", "Boolean")


@dataclass(frozen=True)
class Node:
    """A step. `needs`: steps that must have succeeded. `branch`: the condition it belongs to and the outcome it waits for."""

    name: str
    step: dict[str, Any]
    needs: frozenset[str]
    branch: tuple[str, bool] | None = None

    @property
    def type(self) -> str:
        """Its Type, such as Training."""
        return str(self.step["Type"])


@dataclass(frozen=True)
class Definition:
    """A definition that was accepted. `nodes` are in the order of the document, those of branches behind their condition."""

    document: dict[str, Any]
    nodes: tuple[Node, ...]


def read(definition: str) -> Definition:
    """The definition as a graph. Raises AWS's ValidationException for what CreatePipeline refuses."""
    try:
        document = json.loads(definition)
        version = document["Version"]
    except (ValueError, TypeError, KeyError):
        raise ValidationError("Unable to parse pipeline definition. It must be JSON with a Version.") from None
    if version != VERSION:
        raise ValidationError(f"Unable to parse pipeline definition. Version {version} is not {VERSION}.")
    for item in document.get("Parameters", []):
        if item.get("Type") not in TYPES or "Name" not in item:
            raise ValidationError(f"Unable to parse pipeline definition. Parameter {item.get('Name')} has no type of {', '.join(TYPES)}.")
    try:
        nodes = tuple(_nodes(document.get("Steps", []), None))
    except (KeyError, TypeError, AttributeError) as error:
        raise ValidationError(f"Unable to parse pipeline definition. A step lacks {error}.") from None
    except StepFailed as failed:
        raise ValidationError(f"Unable to parse pipeline definition. {failed.reason}") from None
    _check(nodes, {item["Name"] for item in document.get("Parameters", [])})
    return Definition(document, nodes)


def parameters(document: dict[str, Any], given: Iterable[dict[str, str]]) -> dict[str, Any]:
    """Values of all parameters, in their types. Raises AWS's ValidationException for unknown, missing and unfit ones."""
    declared = {item["Name"]: item for item in document.get("Parameters", [])}
    values = {item["Name"]: item["Value"] for item in given}
    if unknown := sorted(set(values) - set(declared)):
        raise ValidationError(f"Unknown parameters for pipeline: [{', '.join(unknown)}]")
    missing = [name for name, item in declared.items() if "DefaultValue" not in item and name not in values]
    if missing:
        raise ValidationError(f"Parameters [{', '.join(missing)}] do not have a default value, and no value was given.")
    return {name: _typed(item, values[name]) if name in values else item["DefaultValue"] for name, item in declared.items()}


def _nodes(steps: list[dict[str, Any]], branch: tuple[str, bool] | None) -> Iterable[Node]:
    for step in steps:
        name, arguments = step["Name"], step.get("Arguments", {})
        condition = step["Type"] == "Condition"
        own = arguments.get("Conditions", []) if condition else arguments
        used = {step_of(path) for path in references(own)} - {""}
        needs = used | {str(item).partition(".")[0] for item in step.get("DependsOn", [])} | ({branch[0]} if branch else set())
        yield Node(name, step, frozenset(needs), branch)
        if condition:
            yield from _nodes(arguments.get("IfSteps", []), (name, True))
            yield from _nodes(arguments.get("ElseSteps", []), (name, False))


def _check(nodes: tuple[Node, ...], declared: set[str]) -> None:
    names = [node.name for node in nodes]
    if len(set(names)) < len(names):
        raise ValidationError(f"Step names must be unique: [{', '.join(sorted({name for name in names if names.count(name) > 1}))}]")
    for node in nodes:
        if lost := sorted(node.needs - set(names)):
            raise ValidationError(f"Step {node.name} depends on steps that do not exist: [{', '.join(lost)}]")
        used = {str(tokens(path)[1]) for path in references(node.step) if path.startswith("Parameters.")}
        if lost := sorted(used - declared):
            raise ValidationError(f"Step {node.name} refers to parameters that do not exist: [{', '.join(lost)}]")
    left, done = list(nodes), set[str]()
    while ready := [node for node in left if node.needs <= done]:
        done |= {node.name for node in ready}
        left = [node for node in left if node.name not in done]
    if left:
        raise ValidationError(f"Pipeline has a cycle of steps: [{', '.join(node.name for node in left)}]")


def _typed(item: dict[str, Any], value: str) -> Any:
    try:
        if item["Type"] == "Integer":
            return int(value)
        if item["Type"] == "Float":
            return float(value)
        if item["Type"] == "Boolean":
            return {"true": True, "false": False}[value.lower()]
    except (ValueError, KeyError):
        raise ValidationError(f"Parameter {item['Name']}: {value} is not of type {item['Type']}.") from None
    if "EnumValues" in item and value not in item["EnumValues"]:
        raise ValidationError(f"Parameter {item['Name']}: {value} is none of [{', '.join(item['EnumValues'])}].")
    return value
