"""How long and how hard a container is tested: SageMaker's own times unless somebody shortens them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

MIB = 1024 * 1024


@dataclass(frozen=True)
class Settings:
    """Times in seconds. The container is told shortened ones by its own environment variables."""

    startup: float = 240.0
    """Until /ping must answer 200: SageMaker waits 4 minutes."""
    ping: float = 2.0
    """For one answer of /ping."""
    connect: float = 0.25
    """Until a connection is accepted."""
    request: float = 60.0
    """For one answer of /invocations."""
    stop: float = 30.0
    """Between SIGTERM and SIGKILL of a serving container."""
    training_stop: float = 120.0
    """Between SIGTERM and SIGKILL of a training container."""
    training: float = 3600.0
    """For one training run."""
    body_limit: int = 6 * MIB
    """Largest request body in bytes that must be accepted."""
    concurrency: int = 16
    """Requests at a time."""
    rounds: int = 6
    """Requests each of those clients sends."""
    fuzz: int = 300
    """Random bodies."""
    pings: int = 20
    """Pings in a row."""
    seed: int = 4
    """Of everything that is random."""
    environment: Mapping[str, str] = field(default_factory=dict)
    """Further environment variables of the container."""

    def variables(self) -> dict[str, str]:
        """The container's environment: limits that differ from SageMaker's, then the user's own variables."""
        own = {}
        if self.request != Settings.request:
            own["SAGEMAKER_MODEL_SERVER_TIMEOUT"] = f"{self.request:g}"
        if self.body_limit != Settings.body_limit:
            own["SLIPWAY_MAX_BODY_BYTES"] = str(self.body_limit)
        if self.stop != Settings.stop:
            own["SLIPWAY_DRAIN_SECONDS"] = f"{self.stop * 25 / 30:g}"
        return {**own, **self.environment}
