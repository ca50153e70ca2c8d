"""Blue/green: a whole new fleet comes up beside the old one, and takes the traffic in one step, two or many."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

from slipway.localaws.hosting.bake import Watch
from slipway.localaws.hosting.generation import Generation
from slipway.localaws.hosting.hosted import Hosted

Show = Callable[[str], None]


def shift_blue_green(
    hosted: Hosted, green: Generation, sizes: Mapping[str, int], policy: Mapping[str, Any], watch: Watch, show: Show
) -> None:
    """Bring green up, give it the traffic step by step, bake after each step, and then for the termination wait.

    `show` is told the stage (API: VariantStatus). Raises HostingFailed when the deployment must be rolled back.
    """
    show("Creating")
    for name, count in sizes.items():
        green.resize({name: count})
        show("Creating")
    routing = policy.get("TrafficRoutingConfiguration", {})
    for share in shares(routing, sum(sizes.values())):
        watch.bake(0)
        show("ActivatingTraffic")
        hosted.shift(share)
        show("Baking")
        watch.bake(routing.get("WaitIntervalInSeconds", 0))
    watch.bake(policy.get("TerminationWaitInSeconds", 0))


def shares(routing: Mapping[str, Any], instances: int) -> list[float]:
    """Green's part of the traffic after each step, the last one 1.0.

    https://docs.aws.amazon.com/sagemaker/latest/dg/deployment-guardrails-blue-green.html
    """
    if routing.get("Type") == "CANARY":
        return [fraction(routing["CanarySize"], instances), 1.0]
    if routing.get("Type") == "LINEAR":
        step = fraction(routing["LinearStepSize"], instances)
        return [min(1.0, step * number) for number in range(1, math.ceil(1 / step - 1e-9) + 1)]
    return [1.0]


def fraction(size: Mapping[str, Any], instances: int) -> float:
    """A CapacitySize as a part of the fleet, above 0 and at most 1."""
    value = size["Value"] / 100 if size["Type"] == "CAPACITY_PERCENT" else size["Value"] / max(1, instances)
    return min(1.0, float(value))
