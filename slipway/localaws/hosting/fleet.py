"""The instances of one variant that run one configuration."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable, Iterable

from slipway.localaws.hosting import folders, settings
from slipway.localaws.hosting.errors import Unavailable
from slipway.localaws.hosting.instance import Instance
from slipway.localaws.hosting.logs import Place
from slipway.localaws.hosting.plan import VariantPlan


class Fleet:
    """Grows, shrinks and says who answers next. `count` is the number of instances that AWS would have; at most
    `settings.max_containers()` containers stand for them.
    """

    def __init__(self, plan: VariantPlan, place: Place) -> None:
        self.plan = plan
        self.place = place
        self.count = 0
        self._wanted = 0
        self._instances: list[Instance] = []
        self._lock = threading.Lock()
        self._turn = itertools.count()

    @property
    def instances(self) -> list[Instance]:
        """Those that answer; a serverless one may be cold."""
        with self._lock:
            return list(self._instances)

    @property
    def current(self) -> int:
        """Instances in service as AWS would count them."""
        with self._lock:
            return self.count if len(self._instances) >= self._wanted else len(self._instances)

    @property
    def incomplete(self) -> bool:
        """Whether containers are missing, because some have died."""
        with self._lock:
            return len(self._instances) < self._wanted

    def resize(self, count: int) -> None:
        """Have `count` instances. Raises HostingFailed when new ones do not come up; the fleet is as before then."""
        wanted = 1 if self.plan.serverless else min(count, settings.max_containers())
        with self._lock:
            missing = wanted - len(self._instances)
            leaving = self._instances[wanted:]
        new = self._start(missing)
        with self._lock:
            self._instances = [instance for instance in self._instances if instance not in leaving] + new
            self.count, self._wanted = count, wanted
        retire(leaving)

    def replace(self, dead: Iterable[Instance]) -> list[Instance]:
        """Take dead instances out of service. Returns those that were in it."""
        with self._lock:
            gone = [instance for instance in dead if instance in self._instances]
            self._instances = [instance for instance in self._instances if instance not in gone]
        return gone

    def refill(self) -> None:
        """Start what is missing after a death. Raises HostingFailed."""
        with self._lock:
            missing = self._wanted - len(self._instances)
        new = self._start(missing)
        with self._lock:
            keep = new[: max(0, self._wanted - len(self._instances))]
            self._instances += keep
        retire(instance for instance in new if instance not in keep)

    def pick(self) -> Instance:
        """The next instance, leased: in turn, or the least busy one when RoutingConfig says LEAST_OUTSTANDING_REQUESTS.

        Raises Unavailable when none is in service.
        """
        with self._lock:
            up = [instance for instance in self._instances if self.plan.serverless or instance.alive()]
            if not up:
                raise Unavailable(f"no instance of variant {self.plan.name} is in service", temporary=True)
            start = next(self._turn) % len(up)
            order = up[start:] + up[:start]
            if self.plan.spec.get("RoutingConfig", {}).get("RoutingStrategy") == "LEAST_OUTSTANDING_REQUESTS":
                order.sort(key=lambda instance: instance.leases)
            order[0].lease()
            return order[0]

    def close(self) -> None:
        """Retire every instance and remove the model data."""
        with self._lock:
            leaving, self._instances, self.count, self._wanted = self._instances, [], 0, 0
        retire(leaving)
        folders.remove(self.plan.folder)

    def _start(self, number: int) -> list[Instance]:
        new = [Instance(self.plan, self.place) for _ in range(number)]
        try:
            if self.plan.serverless and not self.plan.spec["ServerlessConfig"].get("ProvisionedConcurrency"):
                return new
            for instance in new:
                instance.launch()
            for instance in new:
                instance.wait_until_ready()
        except BaseException:
            for instance in new:
                instance.kill()
                instance.remove()
            raise
        return new


def retire(instances: Iterable[Instance]) -> None:
    """Drain and stop instances side by side, and wait for that."""

    def end(instance: Instance) -> None:
        instance.retire()
        instance.remove()

    _side_by_side(end, list(instances))


def _side_by_side(function: Callable[[Instance], None], instances: list[Instance]) -> None:
    threads = [threading.Thread(target=function, args=(instance,), daemon=True) for instance in instances]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
