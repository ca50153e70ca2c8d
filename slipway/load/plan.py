"""What a load test does, as every client process is told it."""

from __future__ import annotations

from dataclasses import dataclass, field

from slipway.contract.cases import Case
from slipway.load.arrivals import Schedule
from slipway.load.signing import Auth

TIMEOUT = 60.0
"""Seconds that an answer may take: as long as SageMaker lets a container take."""
MAX_IN_FLIGHT = 512
GRACE = 2.0
"""Seconds that requests under way still have after Ctrl-C."""


@dataclass(frozen=True)
class Plan:
    """One run. All times in seconds.

    `max_in_flight`: requests under way at a time, over all processes; what is due beyond it waits in the client, and its latency runs.
    `warmup`: what is due in the first so many seconds is sent and counted, but its times are not. `unwraps`: the target is
    InvokeEndpoint, which hides the container's status in a ModelError (424). `headers` go with every request. `host` is the Host that is
    sent and signed, where it is not the URL's.
    """

    url: str
    auth: Auth
    cases: tuple[Case, ...]
    schedule: Schedule
    processes: int = 1
    max_in_flight: int = MAX_IN_FLIGHT
    timeout: float = TIMEOUT
    warmup: float = 0.0
    unwraps: bool = False
    headers: dict[str, str] = field(default_factory=dict)
    host: str = ""

    def own_limit(self, number: int) -> int:
        """The share of `max_in_flight` of process `number`, at least 1."""
        return max(1, (self.max_in_flight + self.processes - 1 - number) // self.processes)
