"""After an update that SageMaker rolled back: what still serves becomes Terraform's current object again.

A new release makes a new model and endpoint configuration before the old ones go. When the endpoint's update then fails, Terraform
keeps the old ones as *deposed* objects. Taking the release back asks for the old names again, and Terraform would create before it
deletes: SageMaker refuses the second model of the same name, for ever. So the two change places in the state, and the plan just
deletes the failed ones.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from typing import Any

from slipway.deploy.live import resolve
from slipway.deploy.target import Target
from slipway.terraform.cli import Terraform

_NAMED_BY_CONTENT = ("aws_sagemaker_model", "aws_sagemaker_endpoint_configuration")


def take_back(target: Target, terraform: Terraform) -> list[str]:
    """Exchange deposed objects that are wanted again with those that took their place; their addresses.

    Only objects whose name is the hash of their content are exchanged: the same name is the same thing. Terraform's own lock and
    serial guard the write.
    """
    document = json.loads((target.folder(terraform.stack) / "cdk.tf.json").read_text(encoding="utf-8"))
    state = terraform.state_pull() or {}
    exchanged = list(_exchange(state, document))
    if exchanged:
        _push(target, terraform, state)
        target.reporter.info(terraform.stack, f"taken back after a roll-back: {', '.join(exchanged)}")
    return exchanged


def _exchange(state: dict[str, Any], document: Mapping[str, Any]) -> Iterator[str]:
    planned = document.get("resource", {})
    for resource in state.get("resources", []):
        kind, name = resource.get("type"), resource.get("name")
        wanted = planned.get(kind, {}).get(name) if kind in _NAMED_BY_CONTENT else None
        if resource.get("mode") == "managed" and wanted and _swap(resource["instances"], resolve(document, wanted.get("name", ""))):
            yield f"{kind}.{name}"


def _swap(instances: list[dict[str, Any]], wanted: str) -> bool:
    """Make the deposed instance of that name the current one; the current one becomes deposed under its key."""
    current = next((item for item in instances if "deposed" not in item), None)
    old = next((item for item in instances if "deposed" in item and item["attributes"].get("name") == wanted), None)
    if old is None or (current is not None and current["attributes"].get("name") == wanted):
        return False
    key = old.pop("deposed")
    if current is not None:
        current["deposed"] = key
    return True


def _push(target: Target, terraform: Terraform, state: dict[str, Any]) -> None:
    state["serial"] += 1
    file = target.scratch / f"{terraform.stack}-{os.getpid()}.tfstate"
    try:
        file.touch(mode=0o600)
        file.write_text(json.dumps(state), encoding="utf-8")
        terraform.state_push(file)
    finally:
        file.unlink(missing_ok=True)
