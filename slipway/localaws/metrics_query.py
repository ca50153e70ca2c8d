"""Queries over metrics, as GetMetricData and alarms with metric math have them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from slipway.localaws.metrics import Name, Store
from slipway.localaws.metrics_math import MathError, Series, calculate, identifiers
from slipway.localaws.metrics_statistics import by_period, is_statistic, statistic


@dataclass(frozen=True)
class Query:
    """One query: a statistic of a metric, or an expression over other queries. `period` in seconds of AWS's time."""

    id: str
    label: str
    returned: bool
    period: float
    name: Name | None = None
    stat: str = ""
    expression: str = ""


def of_request(request: Mapping[str, Any]) -> Query:
    """A MetricDataQuery as the API has it. MathError for a statistic or an expression that the local AWS cannot calculate."""
    label, returned = request.get("Label") or "", request.get("ReturnData", True) is not False
    if expression := request.get("Expression"):
        if expression.startswith(("SELECT", "SEARCH")):
            raise MathError(f"the local AWS has no {expression[:6]} expressions")
        identifiers(expression)
        return Query(request["Id"], label or request["Id"], returned, float(request.get("Period") or 0), expression=expression)
    stat = request["MetricStat"]
    metric = stat["Metric"]
    dimensions = {item["Name"]: item["Value"] for item in metric.get("Dimensions") or []}
    name = Name.of(metric.get("Namespace", ""), metric["MetricName"], dimensions)
    if not is_statistic(stat["Stat"]):
        raise MathError(f"the local AWS has no statistic {stat['Stat']}")
    return Query(request["Id"], label or f"{name.metric} {stat['Stat']}", returned, float(stat["Period"]), name, stat["Stat"])


def evaluate(store: Store, queries: Iterable[Query], start: float, end: float, scale: float = 1.0) -> dict[str, Series]:
    """The values of every query by the start of their period, from `start` on and before `end` (seconds since 1970).

    `scale`: real seconds that one second of a period lasts. Raises MathError for expressions in a circle or over unknown ids.
    """
    todo = list(queries)
    lengths = [query.period for query in todo if query.name and query.period]
    shortest = (min(lengths) if lengths else 60.0) * scale
    periods = [start + number * shortest for number in range(max(1, round((end - start) / shortest)))]
    known: dict[str, Series] = {}
    while todo:
        ready = [query for query in todo if query.name or identifiers(query.expression) <= set(known)]
        if not ready:
            raise MathError(f"Error in expression '{todo[0].expression}': it uses ids that are not there")
        for query in ready:
            known[query.id] = (
                values(store, query.name, query.stat, start, end, query.period * scale)
                if query.name
                else calculate(query.expression, dict(known), periods)
            )
        todo = [query for query in todo if query not in ready]
    return known


def values(store: Store, name: Name, stat: str, start: float, end: float, length: float) -> Series:
    """One statistic per period of `length` real seconds; periods without events are missing."""
    found = by_period(store.between(name, start, end), start, length)
    numbers = {start + number * length: statistic(stat, points) for number, points in sorted(found.items())}
    return {moment: value for moment, value in numbers.items() if value is not None}
