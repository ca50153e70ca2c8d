"""The alarms of a deployment (ECS developer guide, "How CloudWatch alarms detect Amazon ECS deployment failures")."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from slipway.localaws.clock import real_seconds
from slipway.localaws.cloudwatch import alarms


@dataclass
class AlarmWatch:
    """`names` are watched while a deployment is under way, and for `seconds` (AWS's) after its tasks answer."""

    account: str
    region: str
    names: Sequence[str] = ()
    seconds: float = 0.0
    _since: float | None = None

    @classmethod
    def of(cls, account: str, region: str, service: Any) -> AlarmWatch:
        """For a deployment that begins now. With an alarm that is in ALARM already ECS watches none: it may be the mending one."""
        configured = (getattr(service, "deployment_configuration", None) or {}).get("alarms") or {}
        names = list(configured.get("alarmNames") or []) if configured.get("enable") else []
        if "ALARM" in alarms.states(account, region, names).values():
            names = []
        return cls(account, region, names, alarms.look_back(account, region, names))

    def raised(self) -> list[str]:
        """The alarms that have gone off."""
        found = alarms.states(self.account, self.region, list(self.names))
        return [name for name, state in found.items() if state == "ALARM"]

    def baked(self) -> bool:
        """Whether the time after a deployment is over; the first call begins it."""
        if self._since is None:
            self._since = time.monotonic()
        return time.monotonic() - self._since >= real_seconds(self.seconds)
