"""After a killed apply: resources that were created but reached no state are imported by the next apply."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from slipway.terraform.ui import resource_type

FILE = "recovered_imports.tf.json"
_OTHER_IMPORT_ID = frozenset(
    {
        *("aws_appautoscaling_target", "aws_appautoscaling_policy", "aws_appautoscaling_scheduled_action"),
        *("aws_iam_role_policy_attachment", "aws_security_group_rule", "aws_route", "aws_route_table_association"),
        *("aws_cloudwatch_event_target", "aws_lambda_permission"),
        *("aws_ecs_cluster", "aws_ecs_service", "aws_ecs_task_definition"),
    }
)
"""Types whose import id is not their `id` attribute. Creating those again is harmless or fails with a clear message."""


def lost_resources(log: Path, state: dict[str, Any] | None) -> dict[str, str]:
    """Address -> id of what the logged apply created and the state does not hold, nor the apply itself removed again."""
    made: dict[str, str] = {}
    for event in _events(log):
        hook = event.get("hook", {})
        address = hook.get("resource", {}).get("addr", "")
        if event.get("type") == "apply_complete" and hook.get("action") == "create" and hook.get("id_value"):
            made[address] = str(hook["id_value"])
        elif event.get("type") == "apply_complete" and hook.get("action") == "delete":
            made.pop(address, None)
    known = set(_addresses(state or {}))
    return {address: identity for address, identity in made.items() if address not in known}


def write_imports(folder: Path, lost: dict[str, str]) -> list[str]:
    """Write import blocks for the next plan; returns the addresses that Terraform cannot import by their id."""
    blocks = [
        {"to": address, "id": identity} for address, identity in sorted(lost.items()) if resource_type(address) not in _OTHER_IMPORT_ID
    ]
    if blocks:
        (folder / FILE).write_text(json.dumps({"import": blocks}, indent=2) + "\n", encoding="utf-8")
    return sorted(address for address in lost if resource_type(address) in _OTHER_IMPORT_ID)


def forget_imports(folder: Path) -> None:
    """The apply has taken them in."""
    (folder / FILE).unlink(missing_ok=True)


def _events(log: Path) -> list[dict[str, Any]]:
    events = []
    for line in log.read_text(encoding="utf-8", errors="replace").splitlines() if log.is_file() else []:
        try:
            event = json.loads(line)
        except ValueError:
            continue
        if isinstance(event, dict):
            events.append(event)
    return events


def _addresses(state: dict[str, Any]) -> list[str]:
    found = []
    for resource in state.get("resources") or []:
        if resource.get("mode") != "managed":
            continue
        stem = ".".join(part for part in (resource.get("module", ""), resource["type"], resource["name"]) if part)
        for instance in resource.get("instances") or []:
            index = instance.get("index_key")
            found.append(stem if index is None else f"{stem}[{json.dumps(index)}]")
    return found
