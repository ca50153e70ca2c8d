"""A checksum of what a plan does, by which an approved plan is known again.

Two plans have the same one when applying either does the same to the same things. Refreshed attributes that nothing changes, data that
is only read, and the order of resources make no difference. Sensitive values count, and cannot be read from it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from typing import Any

_IDLE = (["no-op"], ["read"])
_LIVE = ("initial_instance_count", "initial_variant_weight")
"""What a replaced endpoint configuration takes over from the running endpoint (slipway/deploy/live.py): autoscaling may have moved it
since the approval. The configured values are in the configuration's name, which counts."""
_VARIANTS = ("production_variants", "shadow_production_variants")


def fingerprint(plan: dict[str, Any]) -> str:
    """SHA-256, in hexadecimal, of the document that `terraform show -json PLAN` prints."""
    changes = [_change(item) for item in plan.get("resource_changes", []) if item["change"]["actions"] not in _IDLE]
    outputs = {name: _outcome(item) for name, item in plan.get("output_changes", {}).items() if item["actions"] != ["no-op"]}
    document = [sorted(changes, key=lambda item: str(item["address"])), outputs]
    return hashlib.sha256(json.dumps(document, sort_keys=True, default=str).encode()).hexdigest()


def combined(parts: Iterable[str]) -> str:
    """One checksum of several, in their order."""
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def _change(item: dict[str, Any]) -> dict[str, Any]:
    change = item["change"]
    if item["type"] == "aws_sagemaker_endpoint_configuration":
        change = {**change, "after": _without_live(change.get("after"))}
    return {"address": item["address"], "replace_paths": change.get("replace_paths") or [], **_outcome(change)}


def _outcome(change: dict[str, Any]) -> dict[str, Any]:
    """What is done, and to what: of `before` only what does not stay."""
    before, after = change.get("before"), change.get("after")
    if isinstance(before, dict) and isinstance(after, dict):
        before = {name: value for name, value in before.items() if after.get(name) != value}
    return {"actions": change["actions"], "before": before, "after": after, "after_unknown": change.get("after_unknown")}


def _without_live(after: Any) -> Any:
    if not isinstance(after, dict):
        return after
    kept = dict(after)
    for kind in _VARIANTS:
        kept[kind] = [{name: value for name, value in block.items() if name not in _LIVE} for block in after.get(kind) or []]
    return kept
