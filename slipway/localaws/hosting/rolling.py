"""Rolling: old instances are replaced batch by batch, without a second fleet.

https://docs.aws.amazon.com/sagemaker/latest/dg/deployment-guardrails-rolling.html
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from slipway.localaws.hosting.bake import Watch
from slipway.localaws.hosting.blue_green import Show, fraction
from slipway.localaws.hosting.generation import Generation
from slipway.localaws.hosting.hosted import Hosted

WHOLE = {"Type": "CAPACITY_PERCENT", "Value": 100}


def shift_rolling(hosted: Hosted, green: Generation, sizes: Mapping[str, int], policy: Mapping[str, Any], watch: Watch, show: Show) -> None:
    """Replace one batch after the other: start new instances, give them their part of the traffic, retire old ones, bake.

    Raises HostingFailed when the deployment must be rolled back.
    """
    blue = hosted.blue
    before = blue.sizes if blue else {}
    for part in batches(policy["MaximumBatchSize"], max(sizes.values(), default=1)):
        show("Creating")
        green.resize({name: math.ceil(count * part - 1e-9) for name, count in sizes.items()})
        watch.bake(0)
        show("ActivatingTraffic")
        hosted.shift(part)
        if blue:
            blue.resize({name: math.ceil(count * (1 - part) - 1e-9) for name, count in before.items()})
        show("Baking")
        watch.bake(policy.get("WaitIntervalInSeconds", 0))


def unroll(hosted: Hosted, green: Generation, before: Mapping[str, int], policy: Mapping[str, Any]) -> None:
    """Put the old instances back, batch by batch. Raises HostingFailed when they do not come up."""
    blue, reached, whole = hosted.blue, hosted.share, green.sizes
    if blue is None:
        return
    steps = [part for part in batches(policy.get("RollbackMaximumBatchSize", WHOLE), max(before.values(), default=1)) if part > 1 - reached]
    for part in steps or [1.0]:
        blue.resize({name: max(blue.sizes.get(name, 0), math.ceil(count * part - 1e-9)) for name, count in before.items()})
        hosted.shift(1 - part)
        green.resize({name: min(green.sizes[name], math.ceil(count * (1 - part) - 1e-9)) for name, count in whole.items()})


def batches(size: Mapping[str, Any], instances: int) -> list[float]:
    """The part of the fleet that is new after each batch, the last one 1.0."""
    step = fraction(size, instances)
    return [min(1.0, step * number) for number in range(1, math.ceil(1 / step - 1e-9) + 1)]
