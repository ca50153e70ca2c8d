"""A registered target: a real port on this machine that stands for an address in the VPC."""

from __future__ import annotations

import threading
import time
from typing import Any

from slipway.containers.client import Client, ConnectionFailed, Response
from slipway.localaws.clock import real_seconds
from slipway.localaws.lock import LOCK

LEAST_INTERVAL_SECONDS = 0.5
"""Real seconds between two health checks at least."""
_REASONS = {
    "initial": ("Elb.InitialHealthChecking", "Initial health checks in progress"),
    "unhealthy": ("Target.FailedHealthChecks", "Health checks failed"),
    "draining": ("Target.DeregistrationInProgress", "Target deregistration is in progress"),
}


class Target:
    """`state` is TargetHealth's: initial, healthy, unhealthy, draining. Hangs on moto's target group, and goes with a reset."""

    def __init__(self, group: Any, address: str, port: int, real_port: int) -> None:
        self.group, self.address, self.port = group, address, port
        self.state, self.ever_healthy = "initial", False
        self._client = Client(real_port)
        self._bad = self._good = 0
        self._checked = 0.0
        self._requests = 0
        self._idle = threading.Condition()

    @classmethod
    def join(cls, group: Any, address: str, port: int, real_port: int) -> Target:
        """Register it. Called with the lock."""
        target = cls(group, address, port, real_port)
        group.targets[address] = {"Id": address, "Port": port}
        of_group(group)[address] = target
        return target

    @property
    def group_arn(self) -> str:
        """ARN of its target group."""
        return str(self.group.arn)

    @property
    def drain_seconds(self) -> float:
        """AWS's seconds that requests under way have when it leaves."""
        return float(self.group.attributes.get("deregistration_delay.timeout_seconds", 300))

    @property
    def requests(self) -> int:
        """Requests under way."""
        return self._requests

    def why(self) -> tuple[str | None, str | None]:
        """Reason and description of a state that is not healthy."""
        return _REASONS.get(self.state, (None, None))

    def check(self) -> None:
        """Ask for the health check path when it is time. A new target needs one good answer, one that was unhealthy the threshold."""
        now, interval = time.monotonic(), real_seconds(float(self.group.health_check_interval_seconds or 30))
        least = LEAST_INTERVAL_SECONDS if self.ever_healthy else 0.0
        if self.state == "draining" or now - self._checked < (max(least, interval) if self.ever_healthy else min(interval, 0.3)):
            return
        self._checked = now
        if self._answers():
            self._bad, self._good = 0, self._good + 1
            if self.state == "initial" or self._good >= int(self.group.healthy_threshold_count or 5):
                self.state, self.ever_healthy = "healthy", True
            return
        self._good, self._bad = 0, self._bad + 1
        if self._bad >= int(self.group.unhealthy_threshold_count or 2):
            self.state = "unhealthy" if self.ever_healthy or self._bad > _TRIES else self.state

    def _answers(self) -> bool:
        seconds = max(1.0, float(self.group.health_check_timeout_seconds or 5))
        try:
            answer = self._client.request("GET", self.group.health_check_path or "/", headers=_HEADERS, timeout=seconds)
        except ConnectionFailed:
            return False
        return _matches(answer.status, str((self.group.matcher or {}).get("HttpCode") or "200"))

    def send(self, method: str, path: str, body: bytes, headers: dict[str, str], seconds: float) -> Response:
        """Pass a request on. Raises ConnectionFailed."""
        with self._idle:
            self._requests += 1
        try:
            return self._client.request(method, path, body, headers, timeout=seconds)
        finally:
            with self._idle:
                self._requests -= 1
                self._idle.notify_all()

    def drain(self, seconds: float) -> None:
        """Take no more requests, and wait until none is under way, at most so many real seconds."""
        self.state = "draining"
        with self._idle:
            self._idle.wait_for(lambda: self._requests <= 0, max(1.0, seconds))
        self.leave()

    def leave(self) -> None:
        """Leave the target group."""
        with LOCK:
            if of_group(self.group).get(self.address) is self:
                del of_group(self.group)[self.address]
                self.group.targets.pop(self.address, None)
        self._client.close()


_TRIES = 3
_HEADERS = {"User-Agent": "ELB-HealthChecker/2.0"}


def of_group(group: Any) -> dict[str, Target]:
    """The targets of a target group by address."""
    found: dict[str, Target] = group.__dict__.setdefault("slipway_targets", {})
    return found


def _matches(status: int, codes: str) -> bool:
    """Whether a status is among `200`, `200,202` or `200-299`."""
    for part in codes.split(","):
        low, _, high = part.partition("-")
        if int(low) <= status <= int(high or low):
            return True
    return False
