"""Managed spot training: capacity that is taken back.

Locally nobody takes it back, so a knob does. A job with EnableManagedSpotTraining gets SIGTERM when a checkpoint has appeared that was not
there when its container started, ends within 120 s, and starts again on an instance that has only what its checkpoints in S3 hold.
https://docs.aws.amazon.com/sagemaker/latest/dg/model-managed-spot-training.html
"""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Any

from slipway.errors import InputError

VARIABLE = "SLIPWAY_LOCAL_SPOT_INTERRUPTIONS"
"""How often each managed spot job with checkpoints is interrupted, 0 to 10; default 0."""
INTERRUPTED = "Interrupted"


def interruptions(request: dict[str, Any]) -> int:
    """How often this job is interrupted. InputError when the variable is no number of 0 to 10."""
    text = os.environ.get(VARIABLE, "0")
    if not text.isdigit() or int(text) > 10:
        raise InputError(f"{VARIABLE}={text} is not a number of 0 to 10", fix="set such a number, or unset it")
    spot = request.get("EnableManagedSpotTraining", False) and "CheckpointConfig" in request
    return int(text) if spot else 0


class Plan:
    """Whether the container that runs now is to be interrupted."""

    def __init__(self, checkpoints: Path, left: int) -> None:
        self._folder, self._left, self._began = checkpoints, left, time.monotonic()
        self._before = self._newest() if left else 0.0

    @property
    def seconds(self) -> float:
        """How long it has run."""
        return time.monotonic() - self._began

    def due(self) -> bool:
        """True once a new checkpoint is there and an interruption is left."""
        return self._left > 0 and self._newest() > self._before

    def _newest(self) -> float:
        newest = 0.0
        for path in self._folder.rglob("*"):
            try:
                newest = max(newest, path.stat().st_mtime)
            except OSError:  # a partial file that has been renamed
                continue
        return newest
