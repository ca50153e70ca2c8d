"""What the results of GetMetricData are called: labels that AWS makes up, and dynamic ones such as `${PROP('Dim.VariantName')} ${MAX}`."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timezone

from slipway.localaws.cloudwatch.metric_data import Query
from slipway.localaws.cloudwatch.metrics import Name
from slipway.localaws.cloudwatch.values import Array, Line, Series

_DYNAMIC = re.compile(r"\$\{\s*(?:PROP\('([^']+)'\)|([A-Z_]+))\s*\}")
_VALUES: dict[str, Callable[[list[float]], float]] = {
    "AVG": lambda values: sum(values) / len(values),
    "DATAPOINT_COUNT": lambda values: float(len(values)),
    "FIRST": lambda values: values[0],
    "LAST": lambda values: values[-1],
    "MAX": max,
    "MIN": min,
    "SUM": sum,
}


def lines(query: Query, value: Series | Array, account: str, region: str) -> list[tuple[str, Series]]:
    """The time series of one query's result, with their labels."""
    where = {"AccountId": account, "Region": region}
    if isinstance(value, dict):
        own = Line("", value, query.name, query.stat, query.period)
        default = query.name.metric if query.name else query.id
        return [(_dynamic(query.label or default, own, where), value)]
    names = _differences([line.name for line in value])
    return [(_of_array(query.label, names[number], line, where), line.values) for number, line in enumerate(value)]


def _of_array(label: str, name: str, line: Line, where: Mapping[str, str]) -> str:
    """A label with something dynamic in it says it all; any other stands before the metric's own."""
    if _DYNAMIC.search(label):
        return _dynamic(label, line, where)
    return f"{label} {line.label or name}".strip()


def _differences(names: Sequence[Name | None]) -> list[str]:
    """What tells the metrics of an array apart: their dimensions' values and names, as far as they differ."""
    known = [name for name in names if name]
    dimensions = {key for name in known for key, _ in name.dimensions}
    differing = {key for key in dimensions if len({dict(name.dimensions).get(key) for name in known}) > 1}
    several = len({name.metric for name in known}) > 1
    found = []
    for name in names:
        parts = [value for key, value in name.dimensions if key in differing] if name else []
        found.append(" ".join([*parts, *([name.metric] if name and (several or not parts) else [])]))
    return found


def _dynamic(label: str, line: Line, where: Mapping[str, str]) -> str:
    def replaced(found: re.Match[str]) -> str:
        return _property(found[1], line, where) if found[1] else _statistic(found[2], line.values)

    return _DYNAMIC.sub(replaced, label)


def _property(name: str, line: Line, where: Mapping[str, str]) -> str:
    if name.startswith("Dim.") and line.name:
        return dict(line.name.dimensions).get(name.removeprefix("Dim."), "")
    own = {"Period": f"{line.period:.0f}", "Stat": line.stat, **where}
    if line.name:
        own |= {"MetricName": line.name.metric, "Namespace": line.name.namespace}
    return own.get(name, "")


def _statistic(name: str, series: Series) -> str:
    """A number of the series, or with `_TIME` its moment; `--` without any value, as the console has it."""
    values = [series[moment] for moment in sorted(series)]
    plain = name.removesuffix("_TIME")
    if plain not in _VALUES:
        return ""
    if not values:
        return "--"
    number = _VALUES[plain](values)
    if plain == name:
        return f"{number:.4g}"
    moment = next((moment for moment in sorted(series) if series[moment] == number), min(series))
    return datetime.fromtimestamp(moment, timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
