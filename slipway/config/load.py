"""Loads `environments/<name>.yaml` over `_defaults.yaml` into an `EnvironmentConfig`, or says everything that is wrong."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from slipway.config.checks import cross_check
from slipway.config.checks_delivery import delivered_findings
from slipway.config.checks_load_test import case_file_findings
from slipway.config.checks_training import source_findings
from slipway.config.compose import compose
from slipway.config.endpoints import AnyEndpoint, AnyModel, EndpointEntry, ModelEntry, OtherHosting
from slipway.config.environment import FROM_FILE_NAME, EnvironmentConfig
from slipway.config.explain import explain
from slipway.config.files import DEFAULTS, environment_names, environment_path, shown_path
from slipway.config.finding import Finding
from slipway.config.merge import merge
from slipway.config.nodes import Node, place, plain
from slipway.config.problems import ConfigErrors, Problem
from slipway.config.source import Unreadable, read_text

__all__ = ["Loaded", "environment_names", "load", "load_environment"]

_EXTENSION = "x-"


@dataclass(frozen=True)
class Loaded:
    """A valid environment together with the merged tree that knows where each value is written."""

    config: EnvironmentConfig
    tree: Node

    def problem(self, finding: Finding) -> Problem:
        """A finding about this environment, with its place."""
        return Problem(place(self.tree, finding.path), finding.path, finding.text)


def load_environment(name: str, root: Path) -> EnvironmentConfig:
    """The environment `name` of the project at `root`.

    Raises `ConfigErrors` with every problem of its files at once, and `InputError` for an environment that does not
    exist. Reads two files and writes nothing.
    """
    return load(name, root).config


def load(name: str, root: Path) -> Loaded:
    """Like `load_environment`, and keeps where each value came from."""
    loaded = load_alone(name, root)
    if broken := delivered_findings(loaded.config, root, lambda other: load_alone(other, root).config):
        raise ConfigErrors(_subject(name), map(loaded.problem, broken))
    return loaded


def load_alone(name: str, root: Path) -> Loaded:
    """Like `load`, without looking at the environments that its pipeline delivers."""
    path = environment_path(name, root)
    problems: list[Problem] = []
    defaults = root / "environments" / DEFAULTS
    trees = [_read(file, root, problems) for file in ([defaults] if defaults.exists() else []) + [path]]
    present = [tree for tree in trees if tree is not None]
    if len(present) < len(trees):
        raise ConfigErrors(_subject(name), problems)
    tree = present[0] if len(present) == 1 else merge(present[0], present[1])
    loaded = _validate(name, tree, problems)
    if loaded.config.load_test is not None and (broken := case_file_findings(loaded.config.load_test, root)):
        raise ConfigErrors(_subject(name), map(loaded.problem, broken))
    if loaded.config.training is not None and (broken := source_findings(loaded.config.training, root)):
        raise ConfigErrors(_subject(name), map(loaded.problem, broken))
    return loaded


def _read(path: Path, root: Path, problems: list[Problem]) -> Node | None:
    """The file's tree without its `x-` keys, which only hold anchors. None when it cannot be read at all."""
    name = shown_path(path, root)
    try:
        tree, found = compose(read_text(path, name), name)
    except Unreadable as error:
        problems.append(error.problem)
        return None
    problems += found
    return Node(tree.position, {key: entry for key, entry in tree.entries.items() if not key.startswith(_EXTENSION)})


def _validate(name: str, tree: Node, problems: list[Problem]) -> Loaded:
    data = plain(tree)
    if FROM_FILE_NAME in data:
        where = place(tree, (FROM_FILE_NAME,))
        problems.append(Problem(where, (FROM_FILE_NAME,), "unknown option; the file's own name is the environment's name"))
    data[FROM_FILE_NAME] = name
    try:
        config = EnvironmentConfig.model_validate(data)
    except ValidationError as error:
        broken = cross_check(data, _valid(ModelEntry, data.get("models")), _valid(EndpointEntry, data.get("endpoints")))
        found = [*explain(error, EnvironmentConfig, tree), *(Problem(place(tree, f.path), f.path, f.text) for f in broken)]
        raise ConfigErrors(_subject(name), _first_of_each_place(problems, found)) from None
    if problems:
        raise ConfigErrors(_subject(name), problems)
    return Loaded(config, tree)


def _valid(entry: Any, items: Any) -> dict[str, Any]:
    """The entries of one map that are valid by themselves, so that rules between parts can still be checked."""
    adapter: TypeAdapter[AnyModel | AnyEndpoint | OtherHosting] = TypeAdapter(entry)
    valid = {}
    for key, item in items.items() if isinstance(items, dict) else ():
        try:
            valid[key] = adapter.validate_python(item)
        except ValidationError:
            continue
    return valid


def _first_of_each_place(problems: list[Problem], found: list[Problem]) -> Iterator[Problem]:
    """What YAML itself refuses comes first; the same value is not reported a second time for what follows from it."""
    yield from problems
    places = {(problem.position, problem.path) for problem in problems}
    yield from (problem for problem in found if (problem.position, problem.path) not in places)


def _subject(name: str) -> str:
    return f"environment {name} is not valid"
