"""Which hyperparameters a tuning job tries next.

Grid tries every combination. Random draws from the ranges, each number by its scale. Bayesian and Hyperband draw like Random here: how
SageMaker models the objective is not documented, and a few local jobs would not show it. The same RandomSeed draws the same values.
https://docs.aws.amazon.com/sagemaker/latest/dg/automatic-model-tuning-define-ranges.html
"""

from __future__ import annotations

import itertools
import math
import random
from collections.abc import Iterator
from typing import Any

Values = dict[str, str]


def proposals(config: dict[str, Any], ranges: dict[str, Any], seed: int) -> Iterator[Values]:
    """Values for one training job after the other; ends when there are no more (Grid, or only choices and all were tried)."""
    if config["Strategy"] == "Grid":
        names = [item["Name"] for item in ranges.get("CategoricalParameterRanges", [])]
        choices = [item["Values"] for item in ranges.get("CategoricalParameterRanges", [])]
        yield from (dict(zip(names, chosen, strict=True)) for chosen in itertools.product(*choices))
        return
    draw, tried = random.Random(seed), set[tuple[tuple[str, str], ...]]()  # noqa: S311 - not for secrets
    while True:
        for _ in range(100):
            values = _drawn(ranges, draw)
            key = tuple(sorted(values.items()))
            if key not in tried:
                tried.add(key)
                break
        else:
            return
        yield values


def _drawn(ranges: dict[str, Any], draw: random.Random) -> Values:
    values = {}
    for item in ranges.get("ContinuousParameterRanges", []):
        values[item["Name"]] = repr(_number(item, draw))
    for item in ranges.get("IntegerParameterRanges", []):
        low, high = int(item["MinValue"]), int(item["MaxValue"])
        values[item["Name"]] = str(min(high, max(low, round(_number(item, draw)))))
    for item in ranges.get("CategoricalParameterRanges", []):
        values[item["Name"]] = draw.choice(item["Values"])
    return values


def _number(item: dict[str, Any], draw: random.Random) -> float:
    """From the range, by its ScalingType; Auto takes the logarithm when the range is positive and wide."""
    low, high, scale = float(item["MinValue"]), float(item["MaxValue"]), item.get("ScalingType", "Auto")
    if scale == "Logarithmic" or (scale == "Auto" and low > 0 and high / low >= 100):
        return min(high, max(low, math.exp(draw.uniform(math.log(low), math.log(high)))))
    if scale == "ReverseLogarithmic":
        return min(high, max(low, 1 - math.exp(draw.uniform(math.log(1 - high), math.log(1 - low)))))
    return draw.uniform(low, high)
