"""Rules between the network of an environment and the rest of its file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from slipway.config.finding import Finding


def network_references(data: Mapping[str, Any]) -> Iterator[Finding]:
    """Models that join a network which the file does not have, and zones of another region. Any part of `data` may be malformed."""
    network, models, region = data.get("network"), data.get("models"), data.get("region")
    for name, model in models.items() if isinstance(models, Mapping) else ():
        if network is None and isinstance(model, Mapping) and model.get("network") == "private":
            yield Finding(("models", name, "network"), "private needs the environment's `network`, which this file does not have")
    zones = network.get("availability_zones") if isinstance(network, Mapping) else None
    for index, zone in enumerate(zones if isinstance(zones, (list, tuple)) else ()):
        if isinstance(zone, str) and isinstance(region, str) and zone[:-1] != region:
            yield Finding(("network", "availability_zones", index), f"{zone} is not a zone of region {region}")
