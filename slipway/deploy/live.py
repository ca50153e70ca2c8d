"""Capacity that runs now survives a new endpoint configuration, unless the environment file was edited.

The construct ignores variant changes in place; only a replacement, forced by the content-hash name, takes new values.
Those come from an override file with what is live.
"""

from __future__ import annotations

import contextlib
import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from slipway.deploy.target import Target

OVERRIDE = "live_override.tf.json"
_REFERENCE = re.compile(r"^\$\{([a-z0-9_]+)\.([A-Za-z0-9_-]+)\.([a-z_]+)\}$")
_KINDS = ("production_variants", "shadow_production_variants")


@contextlib.contextmanager
def preserved(target: Target, stack: str) -> Iterator[None]:
    """While it is open, a `live_override.tf.json` in the stack's folder carries live counts and weights, where needed."""
    file = target.folder(stack) / OVERRIDE
    file.unlink(missing_ok=True)
    document = json.loads((target.folder(stack) / "cdk.tf.json").read_text(encoding="utf-8"))
    if document.get("resource", {}).get("aws_sagemaker_endpoint"):
        changed = live_override(document, target.client("sagemaker"))
        if changed:
            _write(target, stack, file, changed)
    try:
        yield
    finally:
        file.unlink(missing_ok=True)


def _write(target: Target, stack: str, file: Path, changed: dict[str, dict[str, Any]]) -> None:
    file.write_text(json.dumps({"resource": {"aws_sagemaker_endpoint_configuration": changed}}, indent=2) + "\n", encoding="utf-8")
    target.reporter.info(stack, f"live capacity kept for {', '.join(sorted(changed))}")


def live_override(document: Mapping[str, Any], sagemaker: Any) -> dict[str, dict[str, Any]]:
    """Logical id of each endpoint configuration about to be replaced -> its variant blocks with live counts and weights."""
    resources = document["resource"]
    result: dict[str, dict[str, Any]] = {}
    for endpoint in resources.get("aws_sagemaker_endpoint", {}).values():
        match = _REFERENCE.match(str(endpoint.get("endpoint_config_name", "")))
        planned = resources.get("aws_sagemaker_endpoint_configuration", {}).get(match[2]) if match else None
        running = _describe(sagemaker, resolve(document, endpoint.get("name", ""))) if planned is not None else None
        if match is None or planned is None or running is None or running["EndpointConfigName"] == planned.get("name"):
            continue
        current = sagemaker.describe_endpoint_config(EndpointConfigName=running["EndpointConfigName"])
        limits = autoscaling_limits(document, running["EndpointName"])
        blocks = {
            kind: merged
            for kind in _KINDS
            if planned.get(kind) and (merged := _merge(planned[kind], kind, running, current, limits)) is not None
        }
        if blocks:
            result[match[2]] = blocks
    return result


def _describe(sagemaker: Any, name: str) -> dict[str, Any] | None:
    """The endpoint, or None when there is none yet."""
    from botocore.exceptions import ClientError

    try:
        found: dict[str, Any] = sagemaker.describe_endpoint(EndpointName=name)
    except ClientError as error:
        if error.response["Error"]["Code"] in ("ValidationException", "ResourceNotFound", "ResourceNotFoundException"):
            return None
        raise
    return found


def _merge(
    planned: list[dict[str, Any]], kind: str, running: Mapping[str, Any], current: Mapping[str, Any], limits: Mapping[str, tuple[int, int]]
) -> list[dict[str, Any]] | None:
    """Variant blocks with live values put in, or None when nothing differs."""
    member = "ProductionVariants" if kind == _KINDS[0] else "ShadowProductionVariants"
    lively = {item["VariantName"]: item for item in running.get(member) or []}
    initial = {item["VariantName"]: item for item in current.get(member) or []}
    merged = []
    for block in planned:
        name = block.get("variant_name", "")
        if name in lively and name in initial:
            merged.append({**block, **_kept(block, lively[name], initial[name], limits.get(name))})
        else:
            merged.append(block)
    return merged if merged != planned else None


def _kept(block: Mapping[str, Any], live: Mapping[str, Any], initial: Mapping[str, Any], limits: tuple[int, int] | None) -> dict[str, Any]:
    """Live values to keep for one variant.

    An autoscaled count follows the live one within its limits. Any other value follows the live one only when the
    environment file still says what it said when the live configuration was made: an edit wins.
    """
    kept: dict[str, Any] = {}
    count = live.get("DesiredInstanceCount") or live.get("CurrentInstanceCount")
    if "initial_instance_count" in block and count:
        if limits is not None:
            kept["initial_instance_count"] = max(limits[0], min(limits[1], count))
        elif block["initial_instance_count"] == initial.get("InitialInstanceCount"):
            kept["initial_instance_count"] = count
    weight = live.get("DesiredWeight", live.get("CurrentWeight"))
    if weight is not None and block.get("initial_variant_weight", 1) == initial.get("InitialVariantWeight", 1.0) != weight:
        kept["initial_variant_weight"] = weight
    return kept


def autoscaling_limits(document: Mapping[str, Any], endpoint: str) -> dict[str, tuple[int, int]]:
    """Variant -> (min, max) instances, for the scalable targets of one endpoint."""
    found = {}
    for target in document["resource"].get("aws_appautoscaling_target", {}).values():
        parts = resolve(document, str(target.get("resource_id", ""))).split("/")
        if parts[:3] == ["endpoint", endpoint, "variant"] and str(target.get("scalable_dimension", "")).endswith("DesiredInstanceCount"):
            found[parts[3]] = (int(target["min_capacity"]), int(target["max_capacity"]))
    return found


def resolve(document: Mapping[str, Any], text: str) -> str:
    """Replaces `${type.id.attribute}` by the attribute's literal in the same document, where there is one."""

    def literal(match: re.Match[str]) -> str:
        value = document["resource"].get(match[1], {}).get(match[2], {}).get(match[3])
        return str(value) if isinstance(value, str | int) else match[0]

    return re.sub(r"\$\{([a-z0-9_]+)\.([A-Za-z0-9_-]+)\.([a-z_]+)\}", literal, str(text))
