"""How fast AWS's waits and periods pass here. Timestamps stay those of the real clock."""

from __future__ import annotations

import math
import os

from slipway.errors import InputError

VARIABLE = "SLIPWAY_LOCAL_SPEED"
"""Environment variable with the factor: 60 lets a one-minute period pass in one second. Default 1; 0.1 to 3600."""
MIN_SPEED, MAX_SPEED = 0.1, 3600.0


def speed() -> float:
    """The factor. InputError when the variable is no number between 0.1 and 3600."""
    text = os.environ.get(VARIABLE, "1")
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not MIN_SPEED <= value <= MAX_SPEED:
        raise InputError(
            f"{VARIABLE}={text!r} is not a number between {MIN_SPEED:g} and {MAX_SPEED:g}",
            fix=f"unset {VARIABLE}, or set it to how many times as fast AWS's waits shall pass.",
        )
    return value


def real_seconds(aws_seconds: float) -> float:
    """How long a wait, period or cooldown that AWS counts as `aws_seconds` lasts on the real clock."""
    return aws_seconds / speed()
