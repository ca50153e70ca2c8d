"""What metric math calculates with: numbers, series of one value per period, and arrays of series that know what they are called."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from slipway.localaws.cloudwatch.metrics import Name

Series = dict[float, float]
"""Values by the start of their period, seconds since 1970."""


@dataclass(frozen=True)
class Line:
    """One series of an array. `name`, `stat` and `period` (seconds) are those of the metric it came from, if it came from one."""

    label: str
    values: Series
    name: Name | None = None
    stat: str = ""
    period: float = 0.0


Array = list[Line]
Value = Series | float | Array


class MathError(Exception):
    """An expression that cannot be read, or that uses what the local AWS lacks."""


def at(value: Series | float, start: float) -> float | None:
    """The value in one period; a number is the same in all."""
    return value if isinstance(value, float) else value.get(start)


def pairs(function: Callable[[float, float], float], left: Value, right: Value, periods: Iterable[float]) -> Value:
    """An operator between two values: period by period, and line by line where one of them is an array. Two arrays have no operators."""
    if isinstance(left, list) and isinstance(right, list):
        raise MathError("Error in expression: an operator between two arrays of time series")
    if isinstance(left, list):
        return [replace(line, values=as_series(pairs(function, line.values, right, periods), periods)) for line in left]
    if isinstance(right, list):
        return [replace(line, values=as_series(pairs(function, left, line.values, periods), periods)) for line in right]
    if isinstance(left, float) and isinstance(right, float):
        return _real(function, left, right)
    found: Series = {}
    for start in periods:
        a, b = at(left, start), at(right, start)
        if a is not None and b is not None and not math.isnan(number := _real(function, a, b)):
            found[start] = number
    return found


def _real(function: Callable[[float, float], float], a: float, b: float) -> float:
    """NaN for what is no real number: the root of a negative one, what is too large."""
    try:
        number = function(a, b)
    except (ArithmeticError, ValueError):
        return math.nan
    return math.nan if isinstance(number, complex) else number


def each(function: Callable[[Series], Series], value: Value) -> Value:
    """A function of series applied to a series, or to every line of an array. MathError for a number."""
    if isinstance(value, list):
        return [replace(line, values=function(line.values)) for line in value]
    return function(series_only(value))


def series_only(value: Value) -> Series:
    """The value, which must be one series. MathError otherwise."""
    if not isinstance(value, dict):
        raise MathError("Error in expression: a time series is needed here")
    return value


def as_series(value: Value, periods: Iterable[float]) -> Series:
    """A series: a number becomes one with that number in every period. MathError for an array."""
    if isinstance(value, list):
        raise MathError("Error in expression: one time series is needed, this is an array of them")
    return value if isinstance(value, dict) else dict.fromkeys(periods, value)


def without_gaps(series: Series) -> Series:
    """The series without what could not be calculated, such as a division by zero; in the order of time."""
    return {start: float(value) for start, value in sorted(series.items()) if not math.isnan(value)}
