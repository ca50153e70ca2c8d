"""Rules between `observability` and the rest of an environment."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from slipway.config.finding import Finding
from slipway.config.nodes import Path
from slipway.config.problems import did_you_mean

_OWN_ALARMS = ("instances", "serverless", "asynchronous")
"""Kinds of hosting that `alarms.endpoints` can speak of."""


def observability_references(data: Mapping[str, Any]) -> Iterator[Finding]:
    """Alarms that would tell nobody, and alarms on endpoints that are not there or are hosted otherwise.

    `data` is the plain configuration, of which any part may be malformed.
    """
    observability = data.get("observability")
    if not isinstance(observability, Mapping) or ("alarms" in observability and observability["alarms"] is None):
        return
    if data.get("notifications") is None:
        place: Path = ("observability", "alarms") if "alarms" in observability else ("observability",)
        yield Finding(place, "its alarms tell nobody; add `notifications` with its topics, or set alarms: null")
    alarms = observability.get("alarms")
    own = alarms.get("endpoints") if isinstance(alarms, Mapping) else None
    endpoints = data.get("endpoints")
    known = endpoints if isinstance(endpoints, Mapping) else {}
    for name, group in own.items() if isinstance(own, Mapping) else ():
        path: Path = ("observability", "alarms", "endpoints", name)
        if name not in known:
            yield Finding(path, f"unknown endpoint {str(name)[:80]!r}{did_you_mean(str(name), map(str, known))}")
            continue
        hosting, kind = _hosting(known[name]), group.get("kind", "instances") if isinstance(group, Mapping) else "instances"
        if kind != hosting:
            place = (*path, "kind") if isinstance(group, Mapping) and "kind" in group else path
            fix = f"so these alarms need kind: {hosting}"
            if hosting not in _OWN_ALARMS:
                fix = "which has no alarms of its own here" + ("; those on all functions are `functions`" if hosting == "lambda" else "")
            yield Finding(place, f"endpoint {name} is hosted as {hosting}, {fix}")


def _hosting(endpoint: Any) -> str:
    hosting = endpoint.get("hosting") if isinstance(endpoint, Mapping) else None
    return str(hosting.get("kind", "instances")) if isinstance(hosting, Mapping) else "instances"
