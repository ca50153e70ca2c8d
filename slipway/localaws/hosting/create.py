"""CreateEndpoint and DeleteEndpoint of endpoints that run."""

from __future__ import annotations

from typing import Any

from moto.sagemaker.models import sagemaker_backends

from slipway.localaws.hosting import registry, states
from slipway.localaws.hosting.definition import Definition
from slipway.localaws.hosting.errors import HostingFailed
from slipway.localaws.hosting.generation import Generation
from slipway.localaws.hosting.hosted import Hosted
from slipway.localaws.hosting.logs import Place, write_lines
from slipway.localaws.lock import LOCK

PLATFORM_STREAM = "hosting"
"""Log stream of what has no container to log it, such as an archive that was refused."""


def begin_create(account: str, region: str, endpoint: Any) -> bool:
    """Start an endpoint that has a `definition`. False when nothing runs for it; `simulated_because` says why then."""
    definition: Definition = endpoint.definition
    endpoint.simulated_because = registry.why_simulated(definition)
    if endpoint.simulated_because:
        return False
    hosted = Hosted(Place(account, region, endpoint.endpoint_name), endpoint)
    endpoint.hosted = hosted
    for summary in [*endpoint.production_variants, *endpoint.shadow_variants]:
        if "CurrentInstanceCount" in summary:
            summary["CurrentInstanceCount"] = 0
    states.set_status(hosted, "Creating")
    registry.add(hosted)
    registry.run(hosted, "create", lambda: _create(hosted, definition), lambda reason: states.set_status(hosted, "Failed", reason))
    return True


def begin_delete(hosted: Hosted) -> None:
    """Stop everything in the background; the endpoint is `Deleting` until then, and then gone."""
    states.set_status(hosted, "Deleting", hosted.endpoint.failure_reason)
    registry.run(hosted, "delete", lambda: _delete(hosted), lambda reason: states.set_status(hosted, "Failed", reason))


def log_failure(place: Place, failed: HostingFailed) -> None:
    """Put the reason and the log's tail where an operator looks."""
    write_lines(place, PLATFORM_STREAM, [failed.reason, *failed.log], create=True)


def _create(hosted: Hosted, definition: Definition) -> None:
    generation: Generation | None = None
    sizes = states.sizes_of([*hosted.endpoint.production_variants, *hosted.endpoint.shadow_variants])
    try:
        generation = Generation(definition, hosted.place, states.weights_of(hosted.endpoint.production_variants))
        for name, count in sizes.items():
            generation.resize({name: count})
            states.show_current(hosted, generation)
    except HostingFailed as failed:
        if generation:
            generation.close()
        hosted.check()
        log_failure(hosted.place, failed)
        states.set_status(hosted, "Failed", failed.reason)
        return
    hosted.blue = generation
    states.settled(hosted, generation)


def _delete(hosted: Hosted) -> None:
    for generation in hosted.generations:
        generation.close()
    hosted.check()
    registry.discard(hosted)
    with LOCK:
        backend = sagemaker_backends[hosted.account][hosted.region]
        if backend.endpoints.get(hosted.place.endpoint) is hosted.endpoint:
            backend.delete_endpoint(hosted.place.endpoint)
