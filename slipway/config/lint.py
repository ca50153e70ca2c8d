"""What AWS takes but hardly anybody means: warnings of `slipway validate`, never errors."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timezone
from typing import Any

from modules.autoscaling.fit import lint as lint_scaling
from slipway.config.checks import steps
from slipway.config.endpoints import AnyEndpoint
from slipway.config.environment import EnvironmentConfig
from slipway.config.finding import Finding


def lint(config: EnvironmentConfig) -> list[Finding]:
    """Suspicious options of a valid environment, each with its path."""
    return [
        *_unused(config),
        *_unheard(config),
        *_expired(config),
        *(finding for name, entry in config.sagemaker_endpoints.items() for finding in _endpoint(name, entry)),
    ]


def _unused(config: EnvironmentConfig) -> Iterator[Finding]:
    used = {entry.model for entry in config.other_hosting.values()}
    for entry in config.sagemaker_endpoints.values():
        used |= {variant.model for variant in (*entry.variants, *getattr(entry, "shadow_variants", ()))}
    for model in config.models:
        if model not in used:
            yield Finding(("models", model), "no endpoint uses this model")


def _unheard(config: EnvironmentConfig) -> Iterator[Finding]:
    for severity, topic in config.notifications.topics().items() if config.notifications else ():
        if not topic.email and not topic.https:
            yield Finding(("notifications", severity), "nobody is subscribed: alarms of this severity are told to nobody")


def _expired(config: EnvironmentConfig) -> Iterator[Finding]:
    """A time to live that is over stops nothing any more: a deploy after it brings the endpoints back for good."""
    spec = config.operations
    if spec is None:
        return
    now = datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
    for path, moment in (
        ("expires_at", spec.expires_at),
        *((f"endpoint_expires_at.{key}", at) for key, at in spec.endpoint_expires_at.items()),
    ):
        if moment is not None and moment <= now:
            yield Finding(("operations", *path.split(".")), f"{moment} has passed: a deploy starts endpoints that nothing stops again")


def _endpoint(name: str, endpoint: AnyEndpoint) -> Iterator[Finding]:
    for index, variant in enumerate(endpoint.variants):
        scaling = endpoint.autoscaling.get(variant.variant_name)
        if scaling is None:
            continue
        for path, text in lint_scaling(scaling, instance_type=getattr(variant, "instance_type", None)):
            yield Finding(("endpoints", name, "autoscaling", variant.variant_name, *steps(path)), text)
        yield from _initial_count(("endpoints", name, "variants", index), variant, scaling.max_capacity)


def _initial_count(path: tuple[str | int, ...], variant: Any, most: int) -> Iterator[Finding]:
    count = getattr(variant, "initial_instance_count", None)
    if count is not None and count > most:
        yield Finding((*path, "initial_instance_count"), f"starts with {count} instances, above autoscaling's max_capacity {most}")
