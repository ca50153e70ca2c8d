"""How the definition of a SageMaker pipeline is read: its steps with what they stand behind."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from policies.estate import Resource


@dataclass(frozen=True)
class Step:
    """One step of a definition; `guarded`: it runs only when a condition holds."""

    body: Mapping[str, Any]
    guarded: bool

    @property
    def name(self) -> str:
        """Its name."""
        return str(self.body.get("Name"))

    @property
    def type(self) -> str:
        """Its type, such as Training."""
        return str(self.body.get("Type"))

    @property
    def arguments(self) -> Mapping[str, Any]:
        """What it asks SageMaker for; of a tuning step the training job's definition."""
        found = self.body.get("Arguments") or {}
        return found.get("TrainingJobDefinition") or found if isinstance(found, Mapping) else {}


def definition(pipeline: Resource) -> Mapping[str, Any] | None:
    """The parsed definition, or None when the document does not hold it."""
    try:
        found = json.loads(str(pipeline.get("pipeline_definition")))
    except ValueError:
        return None
    return found if isinstance(found, Mapping) else None


def steps(found: Mapping[str, Any]) -> Iterator[Step]:
    """Every step, those inside conditions too."""
    yield from _each(found.get("Steps"), guarded=False)


def _each(items: Any, *, guarded: bool) -> Iterator[Step]:
    for body in items if isinstance(items, list) else ():
        yield Step(body, guarded)
        if body.get("Type") == "Condition":
            arguments = body.get("Arguments") or {}
            yield from _each(arguments.get("IfSteps"), guarded=True)
            yield from _each(arguments.get("ElseSteps"), guarded=guarded)


def default_of(found: Mapping[str, Any], value: Any) -> Any:
    """A literal as it is, a parameter by its default."""
    if not (isinstance(value, Mapping) and str(value.get("Get", "")).startswith("Parameters.")):
        return value
    name = str(value["Get"]).removeprefix("Parameters.")
    return next((item.get("DefaultValue") for item in found.get("Parameters", []) if item.get("Name") == name), None)
