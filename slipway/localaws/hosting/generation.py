"""The fleets of one endpoint configuration: blue and green of an update are two generations."""

from __future__ import annotations

from collections.abc import Mapping

from slipway.localaws.hosting.definition import Definition
from slipway.localaws.hosting.fleet import Fleet
from slipway.localaws.hosting.logs import Place
from slipway.localaws.hosting.plan import VariantPlan, plan_variant

Sizes = Mapping[str, int]


class Generation:
    """Production and shadow fleets by variant, and the weights of the production variants."""

    def __init__(self, definition: Definition, place: Place, weights: Mapping[str, float]) -> None:
        """Fetch all images and models. Raises HostingFailed; nothing is left behind then."""
        self.definition = definition
        self.weights = dict(weights)
        self.fleets: dict[str, Fleet] = {}
        self.shadows: dict[str, Fleet] = {}
        try:
            for spec in definition.variants:
                self.fleets[spec["VariantName"]] = Fleet(plan_variant(definition, spec), place)
            for spec in definition.shadows:
                self.shadows[spec["VariantName"]] = Fleet(plan_variant(definition, spec), place)
        except BaseException:
            self.close()
            raise

    @property
    def all_fleets(self) -> dict[str, Fleet]:
        """Production and shadow fleets; variant names are unique over both."""
        return {**self.fleets, **self.shadows}

    @property
    def plans(self) -> list[VariantPlan]:
        """What the fleets run."""
        return [fleet.plan for fleet in self.all_fleets.values()]

    @property
    def sizes(self) -> dict[str, int]:
        """Instances of each fleet."""
        return {name: fleet.count for name, fleet in self.all_fleets.items()}

    def resize(self, sizes: Sizes) -> None:
        """Grow or shrink the named fleets. Raises HostingFailed at the first that does not come up."""
        for name, count in sizes.items():
            if (fleet := self.all_fleets.get(name)) and fleet.count != count:
                fleet.resize(count)

    def close(self) -> None:
        """Drain and stop everything."""
        for fleet in self.all_fleets.values():
            fleet.close()
