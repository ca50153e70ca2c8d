"""Lines with and without prices, totals, and the difference between two environments or before and after a plan."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from slipway.cost.meters import Item
from slipway.cost.prices import Prices


@dataclass(frozen=True)
class Line:
    """An item and what it costs a month; None without a price, `maximum_cost` also None without a bound."""

    item: Item
    price: float | None
    minimum_cost: float | None
    maximum_cost: float | None


@dataclass(frozen=True)
class Report:
    """The lines of one environment, or of one side of a plan."""

    name: str
    lines: Sequence[Line]
    prices: Prices

    @property
    def minimum(self) -> float:
        """Sum of all lines that have a price, at least; in `prices.currency` a month."""
        return sum(line.minimum_cost or 0.0 for line in self.lines)

    @property
    def maximum(self) -> float | None:
        """The same at most; None when something has no bound."""
        priced = [line for line in self.lines if line.price is not None]
        return None if any(line.maximum_cost is None for line in priced) else sum(line.maximum_cost or 0.0 for line in priced)

    @property
    def without_price(self) -> list[str]:
        """Meters that the total leaves out."""
        return sorted({line.item.meter for line in self.lines if line.price is None})

    def as_json(self) -> dict[str, Any]:
        """The whole as plain data."""
        costs = {"minimum": round(self.minimum, 4), "maximum": None if self.maximum is None else round(self.maximum, 4)}
        return {
            "name": self.name,
            "currency": self.prices.currency or None,
            "prices": self.prices.source or None,
            "month": costs if self.prices.by_meter else None,
            "without_price": {meter: self.prices.unknown.get(meter, "not supplied") for meter in self.without_price},
            "lines": [
                {**asdict(line.item), "price": line.price, "minimum_cost": line.minimum_cost, "maximum_cost": line.maximum_cost}
                for line in self.lines
            ],
        }


@dataclass(frozen=True)
class Difference:
    """One meter of one thing on both sides; amounts a month, 0 where a side has none of it. `maximum` None: without a bound."""

    where: str
    meter: str
    unit: str
    before: tuple[float, float | None]
    after: tuple[float, float | None]


def report(name: str, items: Iterable[Item], prices: Prices) -> Report:
    """Put prices to items."""
    return Report(name, [_line(item, prices.by_meter.get(item.meter)) for item in items], prices)


def _line(item: Item, price: float | None) -> Line:
    if price is None:
        return Line(item, None, None, None)
    return Line(item, price, item.minimum * price, None if item.maximum is None else item.maximum * price)


def differences(before: Iterable[Item], after: Iterable[Item]) -> list[Difference]:
    """What is not the same on both sides. Things of two environments match by what follows the environment's name."""
    left, right = ({(item.where, item.meter): item for item in side} for side in (before, after))
    found = []
    for key in sorted({*left, *right}):
        one, other = left.get(key), right.get(key)
        amounts = [(side.minimum, side.maximum) if side else (0.0, 0.0) for side in (one, other)]
        if amounts[0] != amounts[1]:
            unit = (one or other).unit  # type: ignore[union-attr]
            found.append(Difference(key[0], key[1], unit, amounts[0], amounts[1]))
    return found


def without_prefix(items: Iterable[Item], prefix: str) -> list[Item]:
    """The items with the environment's own prefix taken off their names, so that those of two environments can be compared."""
    return [
        Item(i.where.removeprefix(prefix).replace(prefix.rstrip("-"), "*"), i.meter, i.unit, i.minimum, i.maximum, i.note) for i in items
    ]
