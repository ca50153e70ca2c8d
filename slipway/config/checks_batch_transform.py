"""Rules between batch transforms and the rest of the environment."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from modules.batch_transform.instance_types import NAMES
from slipway.config.finding import Finding
from slipway.config.problems import did_you_mean


def batch_transform(
    name: str, entry: Mapping[str, Any], model_name: str, model: Mapping[str, Any], models: Mapping[str, Any]
) -> Iterator[Finding]:
    """What SageMaker would refuse when a job is created. Any part may be malformed."""
    if _is_multi(model):
        others = ", ".join(sorted(str(key) for key, value in models.items() if not _is_multi(value))) or "none"
        text = f"model {model_name} is of kind multi_model, which batch transform does not run; others: {others}"
        yield Finding(("endpoints", name, "model"), text)
    transform = entry.get("transform")
    instance_type = transform.get("instance_type") if isinstance(transform, Mapping) else None
    if isinstance(instance_type, str) and instance_type not in NAMES:
        text = f"{instance_type[:80]!r} is no instance type of batch transform{did_you_mean(instance_type, NAMES)}"
        yield Finding(("endpoints", name, "transform", "instance_type"), text)


def _is_multi(model: Any) -> bool:
    return isinstance(model, Mapping) and model.get("kind") == "multi_model"
