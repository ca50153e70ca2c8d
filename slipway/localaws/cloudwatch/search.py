"""SEARCH expressions: which metrics a query such as `{AWS/SageMaker,EndpointName} MetricName="Invocations" (wine OR NOT demo)` finds.

The schema in braces says the namespace and exactly which dimensions a metric must have. A term in double quotes must be a whole name
or value; any other term must be one of the tokens of a name or value: the whole of it, or a part between punctuation, at a capital
letter or where digits begin, whatever its case. Terms side by side are joined by AND.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from slipway.localaws.cloudwatch.metrics import Name

LIMIT = 500
"""Metrics that one search finds at most."""
Matches = Callable[[Name], bool]

_SCHEMA = re.compile(r"\s*\{([^}]*)\}")
_TOKEN = re.compile(r'\s*(?:(?P<sign>[()=])|"(?P<exact>[^"]*)"|(?P<word>[^\s()="]+))')
_PARTS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
_OPERATORS = ("AND", "OR", "NOT")


class SearchError(Exception):
    """A search that cannot be read."""


def search(query: str, names: Iterable[Name]) -> list[Name]:
    """The metrics that the query finds, in order, LIMIT at most. SearchError when it cannot be read."""
    matches = compile_search(query)
    return sorted(name for name in names if matches(name))[:LIMIT]


def compile_search(query: str) -> Matches:
    """What a query asks of a metric. SearchError when it cannot be read, or asks for nothing at all."""
    schema = _SCHEMA.match(query)
    rest = query[schema.end() :] if schema else query
    wanted: list[Matches] = [_of_schema(schema[1])] if schema else []
    if tokens := _tokens(rest):
        reader = _Reader(tokens)
        wanted.append(reader.either())
        reader.end()
    if not wanted:
        raise SearchError("a search needs a schema or a term")
    return lambda name: all(matches(name) for matches in wanted)


def tokens_of(text: str) -> set[str]:
    """What a partial term may be to find this text: `HTTPCount2` is httpcount2, http, count and 2."""
    found = {text.lower()}
    for part in re.split(r"[^A-Za-z0-9]+", text):
        found |= {part.lower(), *(piece.lower() for piece in _PARTS.findall(part))}
    return found - {""}


def _of_schema(text: str) -> Matches:
    namespace, *dimensions = [part.strip().strip('"') for part in text.split(",")]
    if not namespace:
        raise SearchError("the schema needs a namespace")
    keys = tuple(sorted(dimensions))
    return lambda name: name.namespace == namespace and tuple(key for key, _ in name.dimensions) == keys


def _tokens(text: str) -> list[tuple[str, str]]:
    found, position, text = [], 0, text.strip().rstrip(",").lstrip(", ")
    while position < len(text):
        token = _TOKEN.match(text, position)
        if token is None:
            raise SearchError(f"cannot read {text[position:]!r}")
        kind = token.lastgroup or ""
        found.append((kind, token[kind]))
        position = token.end()
    return found


class _Reader:
    """Terms, `AND`, `OR`, `NOT` and parentheses; NOT binds closest, then AND."""

    def __init__(self, tokens: list[tuple[str, str]]) -> None:
        self._tokens, self._at = tokens, 0

    def end(self) -> None:
        """SearchError unless everything has been read."""
        if self._at < len(self._tokens):
            raise SearchError(f"unexpected {self._tokens[self._at][1]!r}")

    def either(self, designator: str = "") -> Matches:
        parts = [self._both(designator)]
        while self._next() == ("word", "OR"):
            self._at += 1
            parts.append(self._both(designator))
        return lambda name: any(matches(name) for matches in parts)

    def _both(self, designator: str) -> Matches:
        parts = [self._one(designator)]
        while (token := self._next()) not in (None, ("sign", ")"), ("word", "OR")):
            if token == ("word", "AND"):
                self._at += 1
            parts.append(self._one(designator))
        return lambda name: all(matches(name) for matches in parts)

    def _one(self, designator: str) -> Matches:
        kind, text = self._take()
        if (kind, text) == ("word", "NOT"):
            inner = self._one(designator)
            return lambda name: not inner(name)
        if (kind, text) == ("sign", "("):
            inside = self.either(designator)
            if self._take() != ("sign", ")"):
                raise SearchError("a parenthesis is not closed")
            return inside
        if kind == "sign" or (kind == "word" and text in _OPERATORS):
            raise SearchError(f"unexpected {text!r}")
        if self._next() == ("sign", "="):
            self._at += 1
            return self._one(text)
        return _term(designator, text, exact=kind == "exact")

    def _next(self) -> tuple[str, str] | None:
        return self._tokens[self._at] if self._at < len(self._tokens) else None

    def _take(self) -> tuple[str, str]:
        token = self._next()
        if token is None:
            raise SearchError("it ends too early")
        self._at += 1
        return token


def _term(designator: str, text: str, *, exact: bool) -> Matches:
    def matches(name: Name) -> bool:
        places = _places(name, designator)
        return text in places if exact else any(text.lower() in tokens_of(place) for place in places)

    return matches


def _places(name: Name, designator: str) -> list[str]:
    """The texts of a metric that a term looks at."""
    if not designator:
        return [name.namespace, name.metric, *(part for pair in name.dimensions for part in pair)]
    special = {"metricname": name.metric, "namespace": name.namespace}.get(designator.lower())
    return [special] if special is not None else [value for key, value in name.dimensions if key == designator]
