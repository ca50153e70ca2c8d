"""Metric math: arithmetic, comparisons and the functions of CloudWatch over series of one value per period, and over arrays of them."""

from __future__ import annotations

import ast
import math
import operator
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from slipway.localaws.cloudwatch.functions import SEVERAL, SINGLE, arrays, fill, over_time, several
from slipway.localaws.cloudwatch.values import Array, Line, MathError, Series, Value, as_series, at, pairs, series_only, without_gaps

__all__ = ["Context", "MathError", "Series", "calculate", "identifiers", "parse", "result", "searches"]

_OPERATORS: dict[type[ast.AST], Callable[[float, float], float]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: lambda a, b: a / b if b else math.nan,
    ast.Pow: lambda a, b: a**b,
    ast.Gt: lambda a, b: float(a > b),
    ast.GtE: lambda a, b: float(a >= b),
    ast.Lt: lambda a, b: float(a < b),
    ast.LtE: lambda a, b: float(a <= b),
    ast.Eq: lambda a, b: float(a == b),
    ast.NotEq: lambda a, b: float(a != b),
    ast.And: lambda a, b: float(bool(a and b)),
    ast.Or: lambda a, b: float(bool(a or b)),
}
_PYTHON = {"&&": " and ", "AND": " and ", "||": " or ", "OR": " or ", "^": "**"}
_WRITTEN = re.compile(r"""'[^']*'|"[^"]*"|&&|\|\||\^|\b(?:AND|OR)\b""")


@dataclass(frozen=True)
class Context:
    """What an expression is calculated with.

    `known`: results of the other queries by id; `periods`: all starts of periods; `metrics`: what METRICS() is; `lengths`: periods in
    seconds by id; `search(query, statistic, period)` answers SEARCH (period 0: the query says none); `scale`: real seconds per second.
    """

    known: Mapping[str, Series | Array]
    periods: Sequence[float]
    metrics: Array = field(default_factory=list)
    lengths: Mapping[str, float] = field(default_factory=dict)
    search: Callable[[str, str, float], Array] | None = None
    scale: float = 1.0


def calculate(expression: str, known: Mapping[str, Series], periods: list[float]) -> Series:
    """The expression's value in each period, where that is one series; what `result` says of missing values holds. Raises MathError."""
    metrics = [Line(key, value) for key, value in known.items()]
    return as_series(result(expression, Context(known, periods, metrics)), periods)


def result(expression: str, context: Context) -> Series | Array:
    """What an expression comes to; a period that lacks a value it needs has none, and neither has a division by zero. Raises MathError."""
    found = _Calculation(context).value(parse(expression))
    if isinstance(found, list):
        return [Line(line.label, without_gaps(line.values), line.name, line.stat, line.period) for line in found]
    return without_gaps(as_series(found, context.periods))


def parse(expression: str) -> ast.expr:
    """Read an expression. Raises MathError."""
    text = _WRITTEN.sub(lambda found: _PYTHON.get(found[0], found[0]), expression.strip())
    try:
        return ast.parse(text, mode="eval").body
    except (SyntaxError, ValueError):
        raise MathError(f"Error in expression '{expression}': it cannot be parsed") from None


def identifiers(expression: str) -> set[str]:
    """Ids of the queries that an expression uses. Raises MathError."""
    return {node.id for node in ast.walk(parse(expression)) if isinstance(node, ast.Name) and node.id[:1].islower()}


def searches(expression: str) -> list[float]:
    """The period of each SEARCH in an expression; 0 where it says none. Raises MathError."""
    calls = [node for node in ast.walk(parse(expression)) if isinstance(node, ast.Call) and _name(node) == "SEARCH"]
    return [float(_constant(call.args[2])) if len(call.args) > 2 else 0.0 for call in calls]


class _Calculation:
    def __init__(self, context: Context) -> None:
        self._context = context
        self._periods = context.periods

    def value(self, node: ast.expr) -> Value:
        """The value of one node."""
        if isinstance(node, ast.Constant) and isinstance(node.value, (int, float)):
            return float(node.value)
        if isinstance(node, ast.Name):
            if node.id not in self._context.known:
                raise MathError(f"Error in expression: unknown id '{node.id}'")
            return self._context.known[node.id]
        if isinstance(node, ast.List):
            return self._array(node)
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, (ast.USub, ast.UAdd, ast.Not)):
            return self._unary(node)
        if isinstance(node, ast.BinOp) and type(node.op) in _OPERATORS:
            return self._pairs(node.op, self.value(node.left), self.value(node.right))
        if isinstance(node, ast.Compare) and len(node.ops) == 1:
            return self._pairs(node.ops[0], self.value(node.left), self.value(node.comparators[0]))
        if isinstance(node, ast.BoolOp):
            first, *others = [self.value(item) for item in node.values]
            for other in others:
                first = self._pairs(node.op, first, other)
            return first
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            return self._call(_name(node), node.args)
        raise MathError("Error in expression: the local AWS cannot calculate it")

    def _pairs(self, sign: ast.AST, left: Value, right: Value) -> Value:
        return pairs(_OPERATORS[type(sign)], left, right, self._periods)

    def _unary(self, node: ast.UnaryOp) -> Value:
        factor = {ast.USub: -1.0, ast.UAdd: 1.0}.get(type(node.op))
        return pairs(lambda a, _: float(not a) if factor is None else a * factor, self.value(node.operand), 0.0, self._periods)

    def _array(self, node: ast.List) -> Array:
        """`[m1, m2]`; arrays in it are taken apart."""
        found: Array = []
        for item in node.elts:
            value = self.value(item)
            label = item.id if isinstance(item, ast.Name) else ""
            found += value if isinstance(value, list) else [Line(label, as_series(value, self._periods))]
        return found

    def _call(self, name: str, arguments: list[ast.expr]) -> Value:
        if name == "SEARCH" and len(arguments) in (2, 3):
            return self._search(arguments)
        if name == "METRICS" and len(arguments) < 2:
            wanted = _constant(arguments[0]) if arguments else ""
            return [line for line in self._context.metrics if str(wanted) in line.label]
        if name == "PERIOD" and len(arguments) == 1 and isinstance(arguments[0], ast.Name):
            return float(self._context.lengths.get(arguments[0].id, 0.0))
        if name == "FILL" and len(arguments) == 2:
            filling = arguments[1]
            word = filling.id.upper() if isinstance(filling, ast.Name) and filling.id.upper() in ("REPEAT", "LINEAR") else ""
            return fill(self.value(arguments[0]), word or self.value(filling), self._periods)
        words = [item.id for item in arguments[1:] if isinstance(item, ast.Name) and item.id.isupper()]
        values = [self.value(item) for item in arguments if not (isinstance(item, ast.Name) and item.id in words)]
        return self._function(name, values, words)

    def _function(self, name: str, values: list[Value], words: list[str]) -> Value:
        found: Value | None = None
        if name == "IF" and len(values) in (2, 3):
            return self._if(values)
        if name == "TIME_SERIES" and len(values) == 1:
            return as_series(values[0], self._periods)
        if name in SINGLE and len(values) == 1:
            return pairs(lambda a, _: float(SINGLE[name](a)), values[0], 0.0, self._periods)
        if name in SEVERAL and len(values) == 1:
            return several(name, values[0], self._periods)
        if len(values) == 1 and not isinstance(values[0], float):
            found = over_time(name, values[0], self._context.scale)
        if found is None and values and isinstance(values[0], list):
            found = arrays(name, values[0], [number for number in values[1:] if isinstance(number, float)], words)
        if found is None:
            raise MathError(f"the local AWS has no function {name} for such arguments")
        return found

    def _search(self, arguments: list[ast.expr]) -> Array:
        if self._context.search is None:
            raise MathError("SEARCH is not supported on alarms")
        query, stat, *period = [_constant(item) for item in arguments]
        return self._context.search(str(query), str(stat), float(period[0]) if period else 0.0)

    def _if(self, arguments: list[Value]) -> Value:
        condition, then, *other = [value if isinstance(value, float) else series_only(value) for value in arguments]
        found: Series = {}
        for start in self._periods:
            met = at(condition, start)
            value = None if met is None else at(then, start) if met else at(other[0], start) if other else None
            if value is not None:
                found[start] = value
        return found


def _name(call: ast.Call) -> str:
    return call.func.id.upper() if isinstance(call.func, ast.Name) else ""


def _constant(node: ast.expr) -> str | float:
    if isinstance(node, ast.Constant) and isinstance(node.value, (str, int, float)):
        return node.value
    raise MathError("Error in expression: a text or a number is needed here")
