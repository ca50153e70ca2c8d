"""Terraform resources with plain values: of synthesized documents, or of a saved plan (`terraform show -json PLAN`)."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from slipway.errors import InputError

_REFERENCE = re.compile(r"\$\{(?P<type>aws_[a-z0-9_]+)\.(?P<id>[A-Za-z0-9_-]+)\.(?P<attribute>[a-z_]+)\}")
_DEPTH = 8


@dataclass(frozen=True)
class Resource:
    """One resource: its stack (empty in a plan), Terraform type, address and arguments."""

    stack: str
    type: str
    address: str
    values: Mapping[str, Any]


def of_documents(folders: Iterable[Path]) -> list[Resource]:
    """The resources of synthesized stacks; references between resources of one stack are replaced by the literals they stand for."""
    found = []
    for folder in folders:
        kinds = json.loads((folder / "cdk.tf.json").read_text(encoding="utf-8")).get("resource", {})
        for kind, items in kinds.items():
            for name, values in items.items():
                resolved = _resolved({key: value for key, value in values.items() if key != "//"}, kinds, _DEPTH)
                found.append(Resource(folder.name, kind, f"{kind}.{name}", resolved))
    return found


def of_plan(path: Path) -> tuple[list[Resource], list[Resource]]:
    """What a plan finds and what it leaves. `path`: the JSON of one plan, or a folder of several. InputError when there is none."""
    files = sorted(path.glob("*.json")) if path.is_dir() else [path]
    before: list[Resource] = []
    after: list[Resource] = []
    plans = 0
    for file in files:
        document = _read(file)
        if not isinstance(document, dict) or "resource_changes" not in document:
            continue
        plans += 1
        for change in document["resource_changes"]:
            for values, target in ((change["change"].get("before"), before), (change["change"].get("after"), after)):
                if values and change.get("mode", "managed") == "managed":
                    target.append(Resource("", change["type"], change["address"], values))
    if not plans:
        raise InputError(f"{path} holds no plan", fix="save one as JSON: terraform show -json PLAN > plan.json")
    return before, after


def _read(file: Path) -> Any:
    try:
        return json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise InputError(f"{file} cannot be read as JSON: {error}", fix="save the plan: terraform show -json PLAN > plan.json") from None


def _resolved(value: Any, kinds: Mapping[str, Any], depth: int) -> Any:
    if isinstance(value, dict):
        return {key: _resolved(item, kinds, depth) for key, item in value.items()}
    if isinstance(value, list):
        return [_resolved(item, kinds, depth) for item in value]
    if not isinstance(value, str) or "${" not in value or depth == 0:
        return value
    whole = _REFERENCE.fullmatch(value)
    if whole:
        found = kinds.get(whole["type"], {}).get(whole["id"], {}).get(whole["attribute"])
        return value if found is None else _resolved(found, kinds, depth - 1)
    return _REFERENCE.sub(lambda match: _text(match, kinds, depth), value)


def _text(match: re.Match[str], kinds: Mapping[str, Any], depth: int) -> str:
    found = kinds.get(match["type"], {}).get(match["id"], {}).get(match["attribute"])
    return str(_resolved(found, kinds, depth - 1)) if isinstance(found, str | int | float) else match[0]
