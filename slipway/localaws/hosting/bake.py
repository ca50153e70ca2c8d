"""Waiting with an eye on the alarms: AutoRollbackConfiguration and MaximumExecutionTimeoutInSeconds of a deployment."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

from slipway.localaws.clock import real_seconds
from slipway.localaws.hosting.errors import HostingFailed, Stopped
from slipway.localaws.hosting.hosted import Hosted

DEFAULT_TIMEOUT_SECONDS = 28800
"""AWS's seconds when the deployment names no MaximumExecutionTimeoutInSeconds: the longest that it may name."""
POLL_SECONDS = 0.25
"""Real seconds between two looks at the alarms."""


class Watch:
    """The time and the alarms of one deployment.

    Waits count at AWS's length, starting containers at its real length, because the clock's speed does not make it shorter.
    """

    def __init__(self, hosted: Hosted, deployment: dict[str, Any]) -> None:
        policy = deployment.get("BlueGreenUpdatePolicy") or deployment.get("RollingUpdatePolicy") or {}
        alarms = deployment.get("AutoRollbackConfiguration", {}).get("Alarms", [])
        self._hosted = hosted
        self._alarms: Sequence[str] = [alarm["AlarmName"] for alarm in alarms]
        self._left = float(policy.get("MaximumExecutionTimeoutInSeconds", DEFAULT_TIMEOUT_SECONDS))
        self._since = time.monotonic()

    def bake(self, seconds: float) -> None:
        """Wait so many of AWS's seconds. Raises HostingFailed when an alarm goes off or the deployment takes too long."""
        self._count_real_time()
        if not seconds:
            return
        end = time.monotonic() + real_seconds(seconds)
        while True:
            self._look_at_alarms()
            left = end - time.monotonic()
            if left <= 0:
                break
            if self._hosted.stopping.wait(min(POLL_SECONDS, left)):
                raise Stopped
        self._since = time.monotonic()
        self._spend(seconds)

    def _count_real_time(self) -> None:
        now = time.monotonic()
        spent, self._since = now - self._since, now
        self._spend(spent)

    def _spend(self, seconds: float) -> None:
        self._left -= seconds
        if self._left < 0:
            raise HostingFailed("The deployment was rolled back because it did not end within MaximumExecutionTimeoutInSeconds.")

    def _look_at_alarms(self) -> None:
        if not self._alarms:
            return
        found = alarm_states(self._hosted.account, self._hosted.region, list(self._alarms))
        if tripped := [name for name in self._alarms if found.get(name) == "ALARM"]:
            raise HostingFailed(f"The deployment was rolled back because the following alarms are in ALARM state: [{', '.join(tripped)}].")


def alarm_states(account: str, region: str, names: list[str]) -> dict[str, str]:
    """State of each alarm by name, one that does not exist is missing."""
    from slipway.localaws.cloudwatch.alarms import states

    found: dict[str, str] = dict(states(account, region, names))
    return found
