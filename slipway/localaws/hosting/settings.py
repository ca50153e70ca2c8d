"""The knobs of hosting: environment variables and the times that do not follow the clock's speed."""

from __future__ import annotations

import os

from slipway.errors import InputError
from slipway.localaws.clock import real_seconds

MODE = "SLIPWAY_LOCAL_HOSTING"
"""`auto` (default): an endpoint runs when the local ECR has its images, else its states are simulated. `strict`: such an endpoint
fails. `off`: every endpoint is simulated."""
INSTANCES = "SLIPWAY_LOCAL_INSTANCES"
"""Containers per variant at most, 1 to 64; default 2. Instances beyond it share them."""

PING_TIMEOUT_SECONDS = 240
"""AWS's seconds a container has to answer /ping when the variant names no ContainerStartupHealthCheckTimeoutInSeconds."""
MIN_PING_SECONDS = 30.0
"""Real seconds a container gets in any case: a process does not start faster because the clock does."""
DRAIN_SECONDS = 70.0
"""Real seconds that requests under way may take before their container is stopped: SageMaker's 60 and some."""
GRACE_SECONDS = 30.0
"""Real seconds between SIGTERM and SIGKILL, as SageMaker gives them."""
SERVERLESS_IDLE_SECONDS = 300
"""AWS's seconds without a request after which a serverless container is stopped."""
MIN_IDLE_SECONDS = 5.0
"""Real seconds that it stays in any case."""


def mode() -> str:
    """`auto`, `off` or `strict`. InputError for anything else."""
    value = os.environ.get(MODE, "auto")
    if value not in ("auto", "off", "strict"):
        raise InputError(f"{MODE}={value} is none of auto, off, strict", fix="set one of them, or unset it")
    return value


def max_containers() -> int:
    """Containers per variant at most. InputError when the variable is no number of 1 to 64."""
    text = os.environ.get(INSTANCES, "2")
    if not text.isdigit() or not 1 <= int(text) <= 64:
        raise InputError(f"{INSTANCES}={text} is not a number of 1 to 64", fix="set such a number, or unset it")
    return int(text)


def ping_seconds(aws_seconds: float | None) -> float:
    """Real seconds a container has until it answers /ping."""
    return max(MIN_PING_SECONDS, real_seconds(aws_seconds or PING_TIMEOUT_SECONDS))


def idle_seconds() -> float:
    """Real seconds without a request after which a serverless container is stopped."""
    return max(MIN_IDLE_SECONDS, real_seconds(SERVERLESS_IDLE_SECONDS))
