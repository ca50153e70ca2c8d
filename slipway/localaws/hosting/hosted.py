"""An endpoint that really runs: its generations of fleets, and who gets the next request."""

from __future__ import annotations

import threading
from typing import Any

from slipway.localaws.clock import real_seconds
from slipway.localaws.hosting.errors import Stopped, Unavailable
from slipway.localaws.hosting.fleet import Fleet
from slipway.localaws.hosting.generation import Generation
from slipway.localaws.hosting.logs import Place
from slipway.localaws.hosting.target import Target


class Hosted:
    """`blue` is live. During an update `green` is the new generation, and `share` (0 to 1) the part of the requests it gets.

    `endpoint` is moto's object, changed only under the lock of the local AWS (`states`).
    """

    def __init__(self, place: Place, endpoint: Any) -> None:
        self.place = place
        self.endpoint = endpoint
        self.blue: Generation | None = None
        self.green: Generation | None = None
        self.share = 0.0
        self.stopping = threading.Event()
        self._lock = threading.Lock()
        self._credits: dict[tuple[bool, str], float] = {}

    @property
    def account(self) -> str:
        """The account's id."""
        return self.place.account

    @property
    def region(self) -> str:
        """The region's name."""
        return self.place.region

    @property
    def generations(self) -> list[Generation]:
        """Those there are: none while the endpoint is being created, two during an update."""
        return [generation for generation in (self.blue, self.green) if generation]

    def choose(self, variant: str | None) -> Target:
        """A leased target. KeyError for an unknown variant, Unavailable when nothing is in service."""
        with self._lock:
            fleet = self._route(variant)
            return Target(fleet.pick(), leased=True)

    def shadows(self) -> list[tuple[Target, float]]:
        """A leased target of each shadow variant that is up, with its share: its weight relative to the production variants'."""
        with self._lock:
            generation = self._leading()
            found = []
            for fleet in generation.shadows.values() if generation else ():
                share = fleet.plan.spec.get("InitialVariantWeight", 1.0) / (sum(generation.weights.values()) or 1.0) if generation else 0.0
                try:
                    found.append((Target(fleet.pick(), leased=True), min(1.0, share)))
                except Unavailable:
                    continue
            return found

    def instances(self, variant: str) -> list[Target]:
        """Targets for all containers of a variant, of both generations; not leased. KeyError for an unknown variant."""
        fleets = [generation.all_fleets[variant] for generation in self.generations if variant in generation.all_fleets]
        if not fleets:
            raise KeyError(variant)
        return [Target(instance, leased=False) for fleet in fleets for instance in fleet.instances]

    def shift(self, share: float) -> None:
        """Send this part of the requests to green."""
        with self._lock:
            self.share = share
            self._credits.clear()

    def promote(self) -> Generation | None:
        """Green is live now. Returns what was before."""
        with self._lock:
            before, self.blue, self.green, self.share = self.blue, self.green, None, 0.0
            self._credits.clear()
            return before

    def drop_green(self) -> Generation | None:
        """Blue gets everything again. Returns green."""
        with self._lock:
            green, self.green, self.share = self.green, None, 0.0
            self._credits.clear()
            return green

    def wait(self, aws_seconds: float) -> None:
        """Let so many of AWS's seconds pass. Raises Stopped when the local AWS is being emptied meanwhile."""
        if self.stopping.wait(real_seconds(aws_seconds)):
            raise Stopped

    def check(self) -> None:
        """Raise Stopped when the local AWS is being emptied."""
        if self.stopping.is_set():
            raise Stopped

    def _leading(self) -> Generation | None:
        return self.green if self.green and (self.share >= 1.0 or not self.blue) else self.blue

    def _route(self, variant: str | None) -> Fleet:
        """Smooth weighted round robin over the variants of both generations: exact shares, evenly spread."""
        sides = [(False, self.blue, 1.0 - self.share), (True, self.green, self.share)]
        fleets: dict[tuple[bool, str], Fleet] = {}
        weights: dict[tuple[bool, str], float] = {}
        for is_green, generation, share in sides:
            for name, fleet in generation.fleets.items() if generation else ():
                if variant in (None, name):
                    total = sum(generation.weights.values()) if generation else 0.0
                    part = 1.0 if variant else generation.weights[name] / total if generation and total else 0.0
                    fleets[is_green, name], weights[is_green, name] = fleet, share * part
        if not fleets:
            if variant is not None and self.generations:
                raise KeyError(variant)
            raise Unavailable("no instance is in service", temporary=True)
        if not any(weights.values()):
            weights = dict.fromkeys(weights, 1.0) if variant else weights
        if not any(weights.values()):
            raise Unavailable("all variants have weight 0", temporary=True)
        return fleets[self._turn(weights)]

    def _turn(self, weights: dict[tuple[bool, str], float]) -> tuple[bool, str]:
        for key, weight in weights.items():
            self._credits[key] = self._credits.get(key, 0.0) + weight
        chosen = max((key for key, weight in weights.items() if weight), key=lambda key: self._credits[key])
        self._credits[chosen] -= sum(weights.values())
        return chosen
