"""The shipped workflows, read once, as plain values to change at will."""

from __future__ import annotations

import copy
import functools
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from tests.workflows.graph import Reference

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / ".github" / "workflows"
GITLAB = ROOT / ".gitlab-ci.yml"
NAMES = sorted(path.name for path in FOLDER.glob("*.yml"))


def workflow(name: str) -> dict[str, Any]:
    return copy.deepcopy(_read(FOLDER / name))


def gitlab() -> dict[str, Any]:
    return copy.deepcopy(_read(GITLAB))


@functools.cache
def _read(path: Path) -> dict[str, Any]:
    yaml = YAML(typ="safe", pure=True)
    yaml.constructor.add_constructor("!reference", lambda loader, node: Reference(*(item.value for item in node.value)))
    return dict(yaml.load(path.read_text()))


def steps(document: dict[str, Any]) -> list[dict[str, Any]]:
    """All steps of a GitHub workflow."""
    return [step for job in document["jobs"].values() for step in job.get("steps", ())]
