"""`--write-target`: what was measured becomes the target of the variant's scaling, in the environment file.

target_value = highest requests per second of one instance x safety factor x 60, as AWS's developer guide says ("Load testing your
auto scaling configuration": SAFETY_FACTOR 0.5). The metric SageMakerVariantInvocationsPerInstance counts invocations per minute.
"""

from __future__ import annotations

import math
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from slipway.config.files import FOLDER, environment_path
from slipway.config.load import load
from slipway.config.nodes import Node, find, plain
from slipway.config.roundtrip import replace_text
from slipway.errors import InputError, SlipwayError

METRIC = "SageMakerVariantInvocationsPerInstance"
SAFETY_FACTOR = 0.5
_NEW_POLICY = "invocations-per-instance"


def target_value(per_instance: float, safety_factor: float) -> float:
    """Invocations per minute and instance: `per_instance` is the highest rate per second. Rounded down, to whole numbers from 10 on."""
    value = per_instance * safety_factor * 60
    return float(math.floor(value)) if value >= 10 else math.floor(value * 100) / 100


@dataclass(frozen=True)
class Place:
    """Where the target stands, or where its policy would be added. Lines and columns count from 1.

    `old` is None when a new policy has to be written in line `line`.
    """

    path: Path
    line: int
    column: int
    steps: tuple[str | int, ...]
    old: float | None


def find_place(env: str, root: Path, endpoint: str, variant: str) -> Place:
    """Where to write the target of a variant. Called before the search: nobody measures for an hour to learn that it cannot be written.

    A policy is changed where it stands, or added to the variant's `policies`. InputError when the variant has no autoscaling (only its
    owner can say its bounds) or when it is written in the defaults, which are not this environment's alone.
    """
    tree, path = load(env, root).tree, environment_path(env, root)
    steps: tuple[str | int, ...] = ("endpoints", endpoint, "autoscaling", variant, "policies")
    if not find(tree, steps[:2])[1]:
        raise InputError(f"{env} has no endpoint {endpoint}", fix="--write-target takes the endpoint's key in the environment file")
    policies = find(tree, steps)[1]
    if policies is None or not isinstance(policies.value, list) or not policies.value:
        raise InputError(
            f"environments/{env}.yaml scales variant {variant} of {endpoint} by no policy", fix=f"add\n{_example(endpoint, variant)}"
        )
    for number, policy in enumerate(policies.value):
        if plain(policy).get("metric") == METRIC:
            value = find(policy, ("target_value",))[1]
            if value is not None:
                _require_own(env, value)
                where = (value.position.line, value.position.column)
                return _checked(Place(path, *where, (*steps, number, "target_value"), float(str(value.value))), env, root)
    first = policies.value[0]
    _require_own(env, first)
    return _checked(Place(path, first.position.line, first.position.column, steps, None), env, root)


def write_target(place: Place, env: str, root: Path, value: float) -> None:
    """Write it: the whole file with this one change, checked as an environment, in one step. Everything else in it stays as it is."""
    replace_text(place.path, _changed(place, env, root, value))


def _checked(place: Place, env: str, root: Path) -> Place:
    _changed(place, env, root, (place.old or 1000.0) + 1.0)
    return place


def _changed(place: Place, env: str, root: Path, value: float) -> str:
    """The file's new text. SlipwayError unless it says just what it should: an alias, say, changes other variants with it."""
    before = plain(load(env, root).tree)
    lines = place.path.read_text(encoding="utf-8").splitlines(keepends=True)
    number = f"{value:g}" if value < 1_000_000 else f"{value:.0f}"
    line = lines[place.line - 1]
    start = place.column - 1
    if place.old is None:
        dash = line.rfind("-", 0, start)
        policy = f"{{ kind: target_tracking, name: {_NEW_POLICY}, metric: {METRIC}, target_value: {number} }}"
        lines.insert(place.line - 1, f"{line[:dash]}- {policy}\n")
    else:
        end = start + len(line[start:].split("#")[0].split(",")[0].split("}")[0].rstrip())
        lines[place.line - 1] = line[:start] + number + line[end:]
    text = "".join(lines)
    _apply(before, place, float(number))
    if _loaded(place, env, root, text) != before:
        where = f"{place.path.name}:{place.line}"
        raise InputError(f"the target at {where} cannot be changed by itself", fix=f"write it by hand: target_value: {number}")
    return text


def _apply(tree: Any, place: Place, value: float) -> None:
    """The change that is meant, on plain data."""
    *steps, last = place.steps
    for step in steps:
        tree = tree[step]
    if place.old is None:
        tree[last].insert(0, {"kind": "target_tracking", "name": _NEW_POLICY, "metric": METRIC, "target_value": value})
    else:
        tree[last] = value


def _loaded(place: Place, env: str, root: Path, text: str) -> Mapping[str, Any] | None:
    """What the environment would be with this text; None when it would not be valid."""
    with tempfile.TemporaryDirectory() as scratch:
        shutil.copytree(root / FOLDER, Path(scratch) / FOLDER)
        (Path(scratch) / FOLDER / place.path.name).write_text(text, encoding="utf-8")
        try:
            found: dict[str, Any] = plain(load(env, Path(scratch)).tree)
        except SlipwayError:
            return None
    return found


def _require_own(env: str, node: Node) -> None:
    if node.position.file != f"{FOLDER}/{env}.yaml":
        text = f"the scaling policies stand in {node.position.file}:{node.position.line}, which other environments share"
        raise InputError(text, fix=f"copy this autoscaling into {FOLDER}/{env}.yaml")


def _example(endpoint: str, variant: str) -> str:
    lines = (
        "endpoints:",
        f"  {endpoint}:",
        "    autoscaling:",
        f"      {variant}:",
        "        min_capacity: 1",
        "        max_capacity: 4",
        "        policies:",
        f"          - {{ kind: target_tracking, name: {_NEW_POLICY}, metric: {METRIC}, target_value: 1000 }}",
    )
    return "\n".join(lines)
