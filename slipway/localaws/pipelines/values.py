"""The expressions of a pipeline definition: `Get`, `Std:Join`, `Std:JsonGet`, and what they refer to.

https://docs.aws.amazon.com/sagemaker/latest/dg/build-and-manage-properties.html
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from slipway.localaws.pipelines.errors import StepFailed

_TOKEN = re.compile(r"\.?([A-Za-z0-9_:-]+)|\[(?:'([^']*)'|\"([^\"]*)\"|(\d+))\]")
_NAMES = ("OutputName", "InputName", "MetricName", "ChannelName", "Name")
"""Members by which the items of a list are called: `Outputs['train']`."""


@dataclass
class Scope:
    """What expressions may refer to. `files` reads a property file: step, name of the file -> its document."""

    parameters: Mapping[str, Any]
    execution: Mapping[str, Any]
    steps: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    files: Callable[[str, str], Any] = lambda _step, _name: None


def resolve(value: Any, scope: Scope) -> Any:
    """The value with every expression replaced. Raises StepFailed for one that leads nowhere."""
    if isinstance(value, list):
        return [resolve(item, scope) for item in value]
    if not isinstance(value, dict):
        return value
    if len(value) == 1:
        (name, argument), *_ = value.items()
        if name == "Get":
            return _get(argument, scope)
        if name == "Std:Join":
            return str(argument.get("On", "")).join(text(resolve(item, scope)) for item in argument["Values"])
        if name == "Std:JsonGet":
            return _json_get(argument, scope)
    return {name: resolve(item, scope) for name, item in value.items()}


def text(value: Any) -> str:
    """As text: a string as it is, anything else as JSON."""
    return value if isinstance(value, str) else json.dumps(value)


def references(value: Any) -> Iterator[str]:
    """Every `Get` path in the value."""
    if isinstance(value, list):
        for item in value:
            yield from references(item)
    elif isinstance(value, dict):
        if set(value) == {"Get"} and isinstance(value["Get"], str):
            yield value["Get"]
            return
        for item in value.values():
            yield from references(item)


def step_of(path: str) -> str:
    """The step that a path refers to; empty for parameters and the execution."""
    parts = tokens(path)
    return str(parts[1]) if len(parts) > 1 and parts[0] == "Steps" else ""


def tokens(path: str) -> list[str | int]:
    """`Outputs['a'].S3Output` as ["Outputs", "a", "S3Output"], `list[0]` as ["list", 0]. StepFailed when it cannot be read."""
    found: list[str | int] = []
    place = 0
    while place < len(path):
        match = _TOKEN.match(path, place)
        if match is None:
            raise StepFailed(f"ClientError: the path {path} cannot be read at {path[place:]}")
        plain, single, double, number = match.groups()
        found.append(int(number) if number is not None else next(part for part in (plain, single, double) if part is not None))
        place = match.end()
    return found


def descend(value: Any, path: list[str | int], shown: str) -> Any:
    """What lies at the path. An item of a list is found by its number or by its name. Raises StepFailed."""
    for part in path:
        found = None
        if isinstance(value, Mapping):
            found = value.get(str(part))
        elif isinstance(value, list) and isinstance(part, int):
            found = value[part] if part < len(value) else None
        elif isinstance(value, list):
            found = next((item for item in value if isinstance(item, Mapping) and part in [item.get(name) for name in _NAMES]), None)
        if found is None:
            raise StepFailed(f"ClientError: {shown} has no value: nothing is at {part}")
        value = found
    return value


def _get(path: str, scope: Scope) -> Any:
    kind, *rest = tokens(path)
    if kind == "Parameters":
        return descend(scope.parameters, rest, path)
    if kind == "Execution":
        return descend(scope.execution, rest, path)
    if kind == "Steps" and rest:
        return descend(scope.steps.get(str(rest[0]), {}), rest[1:], path)
    raise StepFailed(f"ClientError: {path} is neither a parameter, nor of the execution, nor of a step")


def _json_get(argument: Mapping[str, Any], scope: Scope) -> Any:
    path = str(resolve(argument["Path"], scope))
    shown = argument.get("PropertyFile", argument.get("S3Uri"))
    if isinstance(shown, dict):
        _, step, _, name = tokens(shown["Get"])
        document = scope.files(str(step), str(name))
    else:
        raise StepFailed("ClientError: Std:JsonGet needs a PropertyFile of a processing step")
    return descend(document, tokens(path), f"{path} of the property file {name}")
