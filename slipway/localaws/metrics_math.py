"""Metric math: arithmetic, comparisons and the common functions of CloudWatch over series of one value per period."""

from __future__ import annotations

import ast
import math
import operator
import re
from collections.abc import Callable, Mapping

Series = dict[float, float]
"""Values by the start of their period, seconds since 1970."""
Value = Series | float

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
_SINGLE: dict[str, Callable[[float], float]] = {"ABS": abs, "CEIL": math.ceil, "FLOOR": math.floor, "LOG": math.log, "LOG10": math.log10}
_SEVERAL: dict[str, Callable[[list[float]], float]] = {
    "SUM": sum,
    "AVG": lambda values: sum(values) / len(values),
    "MIN": min,
    "MAX": max,
}


class MathError(Exception):
    """An expression that cannot be read, or that uses what the local AWS lacks."""


def calculate(expression: str, known: Mapping[str, Series], periods: list[float]) -> Series:
    """The expression's value in each period; a period that lacks a value it needs has none, and neither has a division by zero.

    `known` are the results of the other queries by id, `periods` all starts of periods. Raises MathError.
    """
    result = _Calculation(known, periods).value(parse(expression))
    series = result if isinstance(result, dict) else dict.fromkeys(periods, result)
    return {start: float(value) for start, value in series.items() if not math.isnan(value)}


def parse(expression: str) -> ast.expr:
    """Read an expression. Raises MathError."""
    text = re.sub(r"&&", " and ", re.sub(r"\|\|", " or ", expression.strip())).replace("^", "**")
    try:
        return ast.parse(text, mode="eval").body
    except (SyntaxError, ValueError):
        raise MathError(f"Error in expression '{expression}': it cannot be parsed") from None


def identifiers(expression: str) -> set[str]:
    """Ids of the queries that an expression uses. Raises MathError."""
    return {node.id for node in ast.walk(parse(expression)) if isinstance(node, ast.Name) and node.id[:1].islower()}


class _Calculation:
    def __init__(self, known: Mapping[str, Series], periods: list[float]) -> None:
        self._known = known
        self._periods = periods

    def value(self, node: ast.expr) -> Value:
        """The value of one node: a number, or a series."""
        if isinstance(node, ast.Constant) and isinstance(node.value, (int, float)):
            return float(node.value)
        if isinstance(node, ast.Name):
            if node.id not in self._known:
                raise MathError(f"Error in expression: unknown id '{node.id}'")
            return self._known[node.id]
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, (ast.USub, ast.UAdd, ast.Not)):
            return self._unary(node)
        if isinstance(node, ast.BinOp) and type(node.op) in _OPERATORS:
            return self._pairs(_OPERATORS[type(node.op)], self.value(node.left), self.value(node.right))
        if isinstance(node, ast.Compare) and len(node.ops) == 1:
            return self._pairs(_OPERATORS[type(node.ops[0])], self.value(node.left), self.value(node.comparators[0]))
        if isinstance(node, ast.BoolOp):
            first, *others = [self.value(item) for item in node.values]
            for other in others:
                first = self._pairs(_OPERATORS[type(node.op)], first, other)
            return first
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            return self._call(node.func.id.upper(), node.args)
        raise MathError("Error in expression: the local AWS cannot calculate it")

    def _unary(self, node: ast.UnaryOp) -> Value:
        factor = {ast.USub: -1.0, ast.UAdd: 1.0}.get(type(node.op))
        value = self.value(node.operand)
        return self._pairs(lambda a, _: float(not a) if factor is None else a * factor, value, 0.0)

    def _call(self, name: str, arguments: list[ast.expr]) -> Value:
        if name == "IF" and len(arguments) in (2, 3):
            return self._if([self.value(item) for item in arguments])
        if name == "FILL" and len(arguments) == 2:
            return self._fill(self.value(arguments[0]), arguments[1])
        if name == "METRICS" and not arguments:
            raise MathError("METRICS() stands inside SUM, AVG, MIN or MAX")
        if name in _SINGLE and len(arguments) == 1:
            return self._pairs(lambda a, _: float(_SINGLE[name](a)), self.value(arguments[0]), 0.0)
        if name in _SEVERAL and len(arguments) == 1:
            return self._several(_SEVERAL[name], arguments[0])
        raise MathError(f"the local AWS has no function {name}")

    def _several(self, function: Callable[[list[float]], float], argument: ast.expr) -> Value:
        """Over one series: its total. Over an array `[m1, m2]` or METRICS(): period by period."""
        everything = isinstance(argument, ast.Call) and isinstance(argument.func, ast.Name) and argument.func.id == "METRICS"
        if not everything and not isinstance(argument, ast.List):
            value = self.value(argument)
            return value if isinstance(value, float) else function(list(value.values())) if value else math.nan
        parts = list(self._known.values()) if everything else [self.value(item) for item in getattr(argument, "elts", [])]
        found: Series = {}
        for start in self._periods:
            values = [part if isinstance(part, float) else part[start] for part in parts if isinstance(part, float) or start in part]
            if values:
                found[start] = function(values)
        return found

    def _if(self, arguments: list[Value]) -> Value:
        condition, then, *other = arguments
        found: Series = {}
        for start in self._periods:
            met = _at(condition, start)
            value = None if met is None else _at(then, start) if met else _at(other[0], start) if other else None
            if value is not None:
                found[start] = value
        return found

    def _fill(self, value: Value, filling: ast.expr) -> Value:
        if isinstance(value, float):
            return value
        repeat = isinstance(filling, ast.Name) and filling.id.upper() == "REPEAT"
        given = math.nan if repeat else self.value(filling)
        found: Series = {}
        last = math.nan
        for start in self._periods:
            missing = last if repeat else _at(given, start)
            last = found[start] = value.get(start, math.nan if missing is None else missing)
        return {start: number for start, number in found.items() if not math.isnan(number)}

    def _pairs(self, function: Callable[[float, float], float], left: Value, right: Value) -> Value:
        if isinstance(left, float) and isinstance(right, float):
            return function(left, right)
        found: Series = {}
        for start in self._periods:
            a, b = _at(left, start), _at(right, start)
            if a is not None and b is not None:
                found[start] = function(a, b)
        return found


def _at(value: Value, start: float) -> float | None:
    return value if isinstance(value, float) else value.get(start)
