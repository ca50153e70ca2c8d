"""Weights and instance counts of an endpoint that runs: UpdateEndpointWeightsAndCapacities and Application Auto Scaling."""

from __future__ import annotations

from typing import Any

from slipway.localaws.hosting import registry, states
from slipway.localaws.hosting.create import log_failure
from slipway.localaws.hosting.errors import HostingFailed, Unavailable
from slipway.localaws.hosting.generation import Generation
from slipway.localaws.hosting.hosted import Hosted
from slipway.localaws.lock import LOCK


def set_desired(endpoint: Any, variant: str, count: int) -> None:
    """Change one variant's instance count.

    Raises KeyError for an unknown variant, and Unavailable unless the endpoint is in service: AWS does not scale during an update.
    """
    with LOCK:
        summary = {item["VariantName"]: item for item in endpoint.production_variants}[variant]
        if endpoint.endpoint_status != "InService":
            raise Unavailable(f"endpoint {endpoint.endpoint_name} is {endpoint.endpoint_status}: it is scaled when it is in service")
        summary["DesiredInstanceCount"] = count
        hosted: Hosted | None = getattr(endpoint, "hosted", None)
        if hosted is None:
            summary["CurrentInstanceCount"] = count
        else:
            begin_scale(hosted)


def begin_scale(hosted: Hosted) -> None:
    """Make current what is desired, in the background."""
    states.set_status(hosted, "Updating")
    registry.run(hosted, "scale", lambda: _scale(hosted), lambda reason: states.abandoned(hosted, reason))


def _scale(hosted: Hosted) -> None:
    generation = hosted.blue
    if generation is None:
        return
    before = generation.sizes
    try:
        generation.resize(states.sizes_of(hosted.endpoint.production_variants))
    except HostingFailed as failed:
        hosted.check()
        states.set_status(hosted, "RollingBack", failed.reason)
        log_failure(hosted.place, failed)
        _undo(hosted, generation, before, failed)
        return
    states.settled(hosted, generation)


def _undo(hosted: Hosted, generation: Generation, sizes: dict[str, int], failed: HostingFailed) -> None:
    generation.resize(sizes)
    states.abandoned(hosted, failed.reason)
