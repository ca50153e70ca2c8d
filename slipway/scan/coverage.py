"""Which answers must exist. checkov says nothing where it cannot read a value; that silence is an error here."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from policies.catalog import CHECKS, rules
from policies.estate import Estate
from slipway.scan.report import Problem

Seen = set[tuple[str, str, str]]
"""(stack, address, check id) of every answer."""
_FOLDER = CHECKS.parent


def required(kind: str) -> Mapping[str, tuple[str, ...]]:
    """Resource type -> check ids, for `source` or `plan`; on the source also those of Slipway's rules that checkov runs."""
    table = {name: tuple(ids) for name, ids in _yaml("required.yaml")[kind].items()}
    if kind == "source":
        for rule in rules().values():
            for name in rule.applies_to if rule.alone else ():
                table[name] = tuple(dict.fromkeys((*table.get(name, ()), rule.id)))
    return table


def skips() -> Mapping[str, str]:
    """Check id -> reason of the built-in checks that no environment applies."""
    return {entry["check"]: entry["reason"].strip() for entry in _yaml("skips.yaml")}


def missing_on_source(estate: Estate, seen: Seen) -> Iterator[Problem]:
    """A problem for every required answer that no check gave."""
    for kind, ids in required("source").items():
        for resource in estate.resources(kind):
            for check in ids:
                if (resource.document.stack, resource.address, check) not in seen:
                    yield _missing(resource.document.stack, resource.address, check)


def missing_on_plan(stack: str, plan: Mapping[str, Any], seen: Seen) -> Iterator[Problem]:
    """The same for a plan, for resources whose policy the plan knows."""
    table = required("plan")
    for resource in plan_resources(plan):
        if isinstance(resource.get("values", {}).get("policy"), str):
            for check in table.get(resource.get("type", ""), ()):
                if (stack, resource["address"], check) not in seen:
                    yield _missing(f"{stack} (plan)", resource["address"], check)


def plan_resources(plan: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Managed resources of a plan's outcome, those of modules included."""
    modules = [plan.get("planned_values", {}).get("root_module", {})]
    while modules:
        module = modules.pop()
        yield from (resource for resource in module.get("resources", []) if resource.get("mode") == "managed")
        modules += module.get("child_modules", [])


def _missing(where: str, address: str, check: str) -> Problem:
    return Problem(
        "record-missing", f"{where}: {check} gave no answer for {address}", "write the attribute as a literal; a reference hides it"
    )


def _yaml(name: str) -> Any:
    return YAML(typ="safe").load(Path(_FOLDER, name))
