"""Queries over metrics, as GetMetricData and alarms with metric math have them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from slipway.localaws.clock import speed
from slipway.localaws.cloudwatch.expressions import Context, MathError, Series, identifiers, result, searches
from slipway.localaws.cloudwatch.metrics import Name, Store
from slipway.localaws.cloudwatch.search import SearchError, search
from slipway.localaws.cloudwatch.statistics import by_period, is_statistic, statistic
from slipway.localaws.cloudwatch.values import Array, Line, as_series

INSTANCES = "/aws/sagemaker/Endpoints"
"""Namespace of the metrics that `utilization` samples."""
DEFAULT_PERIOD = 300.0
"""Seconds of a search's period where neither it nor the query nor a metric says one."""
Search = Callable[[str, str, float], Array]


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
        if expression.lstrip().upper().startswith("SELECT"):
            raise MathError("the local AWS has no SELECT expressions")
        identifiers(expression)
        return Query(request["Id"], label, returned, float(request.get("Period") or 0), expression=expression)
    stat = request["MetricStat"]
    metric = stat["Metric"]
    dimensions = {item["Name"]: item["Value"] for item in metric.get("Dimensions") or []}
    name = Name.of(metric.get("Namespace", ""), metric["MetricName"], dimensions)
    if not is_statistic(stat["Stat"]):
        raise MathError(f"the local AWS has no statistic {stat['Stat']}")
    return Query(request["Id"], label, returned, float(stat["Period"]), name, stat["Stat"])


def shortest_period(queries: Sequence[Query]) -> float:
    """The shortest period, in seconds, of metrics and searches; 60 without any."""
    found = [query.period for query in queries if query.period]
    for query in queries:
        found += [period for period in searches(query.expression) if period] if query.expression else []
    return min(found or [60.0])


def evaluate(store: Store, queries: Iterable[Query], start: float, end: float, scale: float = 1.0) -> dict[str, Series]:
    """The values of every query by the start of their period, from `start` on and before `end` (seconds since 1970).

    For alarms and scaling: every query is one time series. `scale`: real seconds that one second of a period lasts.
    Raises MathError for expressions in a circle or over unknown ids, for searches, and for arrays.
    """
    found = _evaluated(store, list(queries), start, end, scale, None)
    for key, value in found.items():
        if not isinstance(value, dict):
            raise MathError(f"Error in expression: '{key}' is an array of time series, and one is needed")
    return {key: value for key, value in found.items() if isinstance(value, dict)}


def answers(store: Store, queries: Sequence[Query], start: float, end: float) -> dict[str, Series | Array]:
    """What GetMetricData answers: as `evaluate`, and with searches and arrays."""
    lengths = [query.period for query in queries if query.name and query.period]
    shortest = min(lengths) if lengths else 0.0

    def find(query: str, stat: str, period: float) -> Array:
        if not is_statistic(stat):
            raise MathError(f"the local AWS has no statistic {stat}")
        length = period or shortest or DEFAULT_PERIOD
        try:
            names = search(query, store.names())
        except SearchError as reason:
            raise MathError(f"Error in expression: SEARCH('{query}'): {reason}") from None
        return [Line("", values(store, name, stat, start, end, length), name, stat, length) for name in names]

    return _evaluated(store, list(queries), start, end, 1.0, find)


def _evaluated(
    store: Store, queries: list[Query], start: float, end: float, scale: float, find: Search | None
) -> dict[str, Series | Array]:
    lengths = {query.id: query.period for query in queries if query.name and query.period}
    shortest = min(lengths.values()) if lengths else DEFAULT_PERIOD if find else 60.0
    known: dict[str, Series | Array] = {
        query.id: _counted(values(store, query.name, query.stat, start, end, query.period * scale), query.name, query.stat, scale)
        for query in queries
        if query.name
    }
    metrics = [
        Line(query.label or query.id, as_series(known[query.id], []), query.name, query.stat, query.period)
        for query in queries
        if query.name
    ]
    todo = [query for query in queries if not query.name]
    while todo:
        ready = [query for query in todo if identifiers(query.expression) <= set(known)]
        if not ready:
            raise MathError(f"Error in expression '{todo[0].expression}': it uses ids that are not there")
        for query in ready:
            lengths[query.id] = _length(query, lengths, shortest)
            length = lengths[query.id] * scale
            periods = [start + number * length for number in range(max(1, round((end - start) / length)))]
            context = Context(dict(known), periods, metrics, lengths, _with_period(find, query.period), scale)
            known[query.id] = result(query.expression, context)
        todo = [query for query in todo if query not in ready]
    return known


def _length(query: Query, lengths: Mapping[str, float], shortest: float) -> float:
    """Seconds of an expression's periods: the shortest of what it uses."""
    used = [lengths[key] for key in identifiers(query.expression) if lengths.get(key)]
    used += [period or query.period for period in searches(query.expression)]
    return min([length for length in used if length] or [query.period or shortest])


def _with_period(find: Search | None, of_query: float) -> Search | None:
    return (lambda query, stat, period: find(query, stat, period or of_query)) if find else None


def _counted(series: Series, name: Name, stat: str, scale: float) -> Series:
    """Samples of instances at the pace of AWS's time: clients count instances by them, and a real minute has `speed` times as many."""
    faster = speed() * scale
    if stat != "SampleCount" or name.namespace != INSTANCES or faster == 1.0:
        return series
    return {moment: value / faster for moment, value in series.items()}


def values(store: Store, name: Name, stat: str, start: float, end: float, length: float) -> Series:
    """One statistic per period of `length` real seconds; periods without events are missing."""
    found = by_period(store.between(name, start, end), start, length)
    numbers = {start + number * length: statistic(stat, points) for number, points in sorted(found.items())}
    return {moment: value for moment, value in numbers.items() if value is not None}
