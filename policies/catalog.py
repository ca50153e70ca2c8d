"""All rules, by id."""

from __future__ import annotations

import functools
import importlib
import json
import pkgutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from ruamel.yaml import YAML

import policies.rules as package
from policies.rule import Rule

CHECKS = Path(__file__).with_name("checks")
"""The folder that checkov loads custom checks from."""


@functools.lru_cache(maxsize=1)
def rules() -> Mapping[str, Rule]:
    """Every Python rule by id, in the order of the numbers. Two rules with one id are a programming error."""
    found: dict[str, Rule] = {}
    for module in pkgutil.iter_modules(package.__path__):
        rule: Rule = importlib.import_module(f"{package.__name__}.{module.name}").RULE
        if rule.id in found:
            raise ValueError(f"two rules are called {rule.id}")
        found[rule.id] = rule
    return MappingProxyType(dict(sorted(found.items(), key=lambda item: int(item[0].rsplit("_", 1)[1]))))


@dataclass(frozen=True)
class GraphCheck:
    """A YAML check that only checkov evaluates."""

    id: str
    title: str
    why: str
    fix: str
    applies_to: tuple[str, ...]


@functools.lru_cache(maxsize=4)
def graph_checks(folder: Path = CHECKS) -> Mapping[str, GraphCheck]:
    """Every YAML check in `folder`, by id."""
    found = {}
    for path in sorted(folder.glob("*.yaml")):
        content = YAML(typ="safe").load(path)
        about = content["metadata"]
        kinds = tuple(sorted(set(_resource_types(json.dumps(content["definition"])))))
        found[about["id"]] = GraphCheck(about["id"], about["name"], about["why"], about["fix"], kinds)
    return found


def _resource_types(definition: str) -> list[str]:
    def collect(value: object) -> list[str]:
        if isinstance(value, dict):
            own = value.get("resource_types", [])
            return [*(own if isinstance(own, list) else [own]), *(kind for item in value.values() for kind in collect(item))]
        return [kind for item in value for kind in collect(item)] if isinstance(value, list) else []

    return collect(json.loads(definition))


def checkov_ids(folder: Path = CHECKS) -> frozenset[str]:
    """Ids that checkov must know once it has loaded `policies/checks`."""
    return frozenset(rule.id for rule in rules().values() if rule.alone) | frozenset(graph_checks(folder))
