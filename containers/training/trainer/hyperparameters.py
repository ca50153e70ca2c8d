"""Hyperparameters: SageMaker hands every value over as a string; here they get their types and become arguments.

The rules are those of the SageMaker training toolkit, so that a program that runs there runs here.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from trainer.documents import loads, read_object
from trainer.failure import TrainingFailed

_NOT_FOR_THE_PROGRAM = frozenset({"_tuning_objective_metric", "default_user_module_name"})


@dataclass(frozen=True)
class Hyperparameters:
    """`program`: typed values for the user's program. `sagemaker`: those for the container (`sagemaker_program` and its like)."""

    program: dict[str, Any]
    sagemaker: dict[str, Any]

    def option(self, name: str) -> str:
        """A `sagemaker_...` value as text; empty when it is not given."""
        value = self.sagemaker.get(name)
        return "" if value is None else str(value)


def read(path: Path) -> Hyperparameters:
    """hyperparameters.json; none when the file is missing. TrainingFailed for no JSON object and for what no process can be given."""
    values = {name: typed(value) for name, value in read_object(path).items()}
    for name, value in values.items():
        _check(name, value)
    reserved = {name for name in values if name.startswith("sagemaker_") or name in _NOT_FOR_THE_PROGRAM}
    return Hyperparameters(
        program={name: value for name, value in values.items() if name not in reserved},
        sagemaker={name: values[name] for name in reserved},
    )


def typed(value: Any) -> Any:
    """A JSON literal as what it says (`"3"`: 3, `"true"`: True, and the SDK's quoted text), anything else as it is.

    Objects are typed value by value. `"007"`, `"1_000"` and `"NaN"` are no JSON and stay text.
    """
    if isinstance(value, Mapping):
        return {name: typed(inner) for name, inner in value.items()}
    if not isinstance(value, str):
        return value
    try:
        return loads(value)
    except ValueError:
        return value


def arguments(values: Mapping[str, Any]) -> list[str]:
    """`--name value` for each in order of name (`-n` for a single letter); an object becomes `a=1,b=2`, nothing an empty text."""
    given: list[str] = []
    for name in sorted(values):
        given += [f"--{name}" if len(name) > 1 else f"-{name}", _text(values[name])]
    return given


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, Mapping):
        return ",".join(f"{name}={value[name]}" for name in sorted(value))
    return str(value)


def _check(name: str, value: Any) -> None:
    """Names become variables and values arguments: neither can hold a zero byte or half a surrogate pair, a name no `=` either."""
    for what, text in (("name", name), ("value", _text(value))):
        try:
            possible = b"\0" not in os.fsencode(text)
        except UnicodeEncodeError:
            possible = False
        if not possible or (what == "name" and (not text or "=" in text)):
            raise TrainingFailed(f"hyperparameter {name!r}: its {what} cannot be handed to a program: it holds `=`, a zero byte or no text")
