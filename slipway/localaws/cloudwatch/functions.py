"""The functions of metric math, apart from those that need to look at how an expression is written."""

from __future__ import annotations

import itertools
import math
import statistics
from collections.abc import Callable, Sequence
from datetime import datetime, timezone

from slipway.localaws.cloudwatch.values import Array, Line, MathError, Series, Value, at, each, series_only

SINGLE: dict[str, Callable[[float], float]] = {
    "ABS": abs,
    "CEIL": math.ceil,
    "FLOOR": math.floor,
    "LOG": lambda value: math.log(value) if value > 0 else math.nan,
    "LOG10": lambda value: math.log10(value) if value > 0 else math.nan,
}
"""Of one number."""

SEVERAL: dict[str, Callable[[Sequence[float]], float]] = {
    "SUM": math.fsum,
    "AVG": statistics.fmean,
    "MIN": min,
    "MAX": max,
    "STDDEV": statistics.pstdev,
    "DATAPOINT_COUNT": lambda values: float(len(values)),
}
"""Of several numbers: all of a series, or one period of the lines of an array."""

_MOMENT: dict[str, Callable[[datetime], float]] = {
    "EPOCH": lambda moment: moment.timestamp(),
    "MINUTE": lambda moment: moment.minute,
    "HOUR": lambda moment: moment.hour,
    "DAY": lambda moment: moment.isoweekday(),
    "DATE": lambda moment: moment.day,
    "MONTH": lambda moment: moment.month,
    "YEAR": lambda moment: moment.year,
}


def _changes(series: Series, of: Callable[[float, float], float]) -> Series:
    """Something of each value's difference to the one before, and of the seconds between; the first has none."""
    moments = sorted(series)
    return {now: of(series[now] - series[before], now - before) for before, now in itertools.pairwise(moments)}


def _running_sum(series: Series) -> Series:
    total, found = 0.0, {}
    for moment in sorted(series):
        total = found[moment] = total + series[moment]
    return found


def over_time(name: str, value: Value, scale: float) -> Value | None:
    """RATE, DIFF, DIFF_TIME, RUNNING_SUM and the functions of the moment; None for any other name. `scale`: real seconds per second."""
    if name in _MOMENT:
        return each(lambda series: {at: float(_MOMENT[name](datetime.fromtimestamp(at, timezone.utc))) for at in series}, value)
    functions: dict[str, Callable[[Series], Series]] = {
        "DIFF": lambda series: _changes(series, lambda change, _: change),
        "DIFF_TIME": lambda series: _changes(series, lambda _, seconds: seconds / scale),
        "RATE": lambda series: _changes(series, lambda change, seconds: change / (seconds / scale)),
        "RUNNING_SUM": _running_sum,
    }
    return each(functions[name], value) if name in functions else None


def several(name: str, value: Value, periods: Sequence[float]) -> Value:
    """SUM and its like: a number of one series, a series of an array. Without any value: nothing."""
    function = SEVERAL[name]
    if isinstance(value, float):
        return value
    if isinstance(value, dict):
        return function(list(value.values())) if value else math.nan
    columns = ((start, [line.values[start] for line in value if start in line.values]) for start in periods)
    return {start: function(numbers) for start, numbers in columns if numbers}


def fill(value: Value, filling: Value | str, periods: Sequence[float]) -> Value:
    """Missing values as `filling` has them: a number, a series, `REPEAT` (the last one), `LINEAR` (between the two around)."""
    if isinstance(value, float):
        return value
    if isinstance(filling, list):
        raise MathError("FILL takes a number or a time series to fill with")
    return each(lambda series: _filled(series, filling, periods), value)


def _filled(series: Series, filling: Series | float | str, periods: Sequence[float]) -> Series:
    if filling == "LINEAR":
        return _interpolated(series, periods)
    found, last = {}, math.nan
    for start in periods:
        given = None if isinstance(filling, str) else at(filling, start)
        missing = last if isinstance(filling, str) else math.nan if given is None else given
        last = found[start] = series.get(start, missing)
    return found


def _interpolated(series: Series, periods: Sequence[float]) -> Series:
    known, found = sorted(series), dict(series)
    for start in periods:
        before, after = [moment for moment in known if moment < start], [moment for moment in known if moment > start]
        if start not in series and before and after:
            share = (start - before[-1]) / (after[0] - before[-1])
            found[start] = series[before[-1]] + share * (series[after[0]] - series[before[-1]])
    return found


def arrays(name: str, array: Array, numbers: Sequence[float], words: Sequence[str]) -> Value | None:
    """REMOVE_EMPTY, METRIC_COUNT, FIRST, LAST, SLICE and SORT; None for any other name."""
    if name == "REMOVE_EMPTY":
        return [line for line in array if line.values]
    if name == "METRIC_COUNT":
        return float(len(array))
    if name in ("FIRST", "LAST"):
        return array[0 if name == "FIRST" else -1].values if array else {}
    if name == "SLICE" and len(numbers) in (1, 2):
        first = int(numbers[0])
        return array[first : int(numbers[1])] if len(numbers) == 2 else array[first].values if first < len(array) else {}
    if name == "SORT" and words:
        return _sorted(array, [word.upper() for word in words], int(numbers[0]) if numbers else None)
    return None


def _sorted(array: Array, words: Sequence[str], first: int | None) -> Array:
    by, order = words[0], words[1] if len(words) > 1 else "ASC"
    if by not in ("AVG", "MAX", "MIN", "SUM") or order not in ("ASC", "DESC"):
        raise MathError("SORT takes AVG, MAX, MIN or SUM, and then ASC or DESC")
    with_values = sorted((line for line in array if line.values), key=lambda line: _total(by, line), reverse=order == "DESC")
    return (with_values + [line for line in array if not line.values])[:first]


def _total(by: str, line: Line) -> float:
    return SEVERAL[by](list(series_only(line.values).values()))
