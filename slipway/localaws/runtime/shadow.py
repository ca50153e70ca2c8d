"""Shadow variants: a part of the requests is copied to them in the background, and what they answer is dropped."""

from __future__ import annotations

import random
import time
from collections.abc import Callable

from slipway.localaws.hosting.live import LiveEndpoint, Target, Unavailable
from slipway.localaws.runtime import capture, measure, workers
from slipway.localaws.runtime.container import send
from slipway.localaws.runtime.errors import RuntimeFault
from slipway.localaws.runtime.request import Invocation

chance: Callable[[], float] = random.random
"""A number from 0 to 1; a shadow gets a copy when it is below its share. Tests replace it."""


def copy(invocation: Invocation, endpoint: LiveEndpoint) -> None:
    """Send copies to those shadow variants whose turn it is. The client waits for none of them."""
    if not endpoint.config.get("ShadowProductionVariants") or invocation.get("TargetVariant"):
        return
    try:
        shadows = endpoint.shadows()
    except Unavailable:
        return
    for target, share in shadows:
        if chance() >= share or not workers.submit(_run, invocation, endpoint, target):
            target.release()


def _run(invocation: Invocation, endpoint: LiveEndpoint, target: Target) -> None:
    started = time.monotonic()
    with target:
        try:
            outcome = send(target, invocation)
        except (RuntimeFault, Unavailable):
            measure.invocation(endpoint, target.variant, 1, 0, None, time.monotonic() - started)
            return
    overhead = max(0.0, time.monotonic() - started - outcome.seconds)
    measure.invocation(endpoint, target.variant, 1, outcome.status, outcome.seconds, overhead)
    capture.keep(invocation, endpoint, target, outcome)
