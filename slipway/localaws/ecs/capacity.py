"""A service's number of tasks, as Application Auto Scaling sees and changes it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from slipway.localaws.lock import LOCK

if TYPE_CHECKING:
    from slipway.localaws.ecs.service import LiveService


class ServiceCapacity:
    """The capacity of one service."""

    def __init__(self, live: LiveService) -> None:
        self._live = live

    def desired(self) -> int | None:
        """Tasks wanted."""
        return self._live.desired

    def current(self) -> int | None:
        """Tasks that run."""
        return int(self._live.service.running_count)

    def settled(self) -> bool:
        """Whether no deployment is under way and as many tasks run as should."""
        return self._live.deployments[0].rollout != "IN_PROGRESS" and self.current() == self.desired()

    def failure(self) -> str:
        """Nothing: it is settled only when the tasks run."""
        return "the service did not take the change"

    def scale(self, capacity: int) -> None:
        """Change the number of tasks."""
        with LOCK:
            self._live.service.desired_count = capacity
            self._live.changed()
