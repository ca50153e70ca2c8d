"""Metric definitions: SageMaker searches each line of a job's log for their expressions and keeps the first group as a number."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from slipway.errors import InputError

MAX_DEFINITIONS = 40
MAX_NAME = 255
MAX_REGEX = 500
NUMBER = r"([-+]?[0-9.]+(?:[eE][-+]?[0-9]+)?)"


@dataclass(frozen=True)
class MetricDefinition:
    """Name and Regex as in AlgorithmSpecification.MetricDefinitions; the expression's first group is the value."""

    name: str
    regex: str


def printed(*names: str) -> tuple[MetricDefinition, ...]:
    r"""Definitions for lines that say `name=value;`, such as `accuracy=0.963;`. `\b` keeps `cv_accuracy=` from counting as `accuracy=`."""
    return tuple(MetricDefinition(name, rf"\b{re.escape(name)}={NUMBER};") for name in names)


class Collector:
    """Reads a log line by line and keeps every value found."""

    def __init__(self, definitions: Iterable[MetricDefinition]) -> None:
        """InputError for more than SageMaker takes, and for an expression that is invalid or has no group."""
        given = list(definitions)
        if len(given) > MAX_DEFINITIONS:
            raise InputError(f"{len(given)} metric definitions; SageMaker takes {MAX_DEFINITIONS}", fix="leave some out")
        self._expressions = [(item.name, _compiled(item)) for item in given]
        self.series: dict[str, list[float]] = {}

    def read(self, line: str) -> None:
        """Take the values of one log line; what is no number is passed over, as CloudWatch would."""
        for name, expression in self._expressions:
            for match in expression.finditer(line):
                try:
                    self.series.setdefault(name, []).append(float(match.group(1)))
                except (TypeError, ValueError):
                    continue

    @property
    def last(self) -> dict[str, float]:
        """The final value of each metric that was seen (FinalMetricDataList)."""
        return {name: values[-1] for name, values in self.series.items() if values}


def _compiled(definition: MetricDefinition) -> re.Pattern[str]:
    if not 1 <= len(definition.name) <= MAX_NAME or not 1 <= len(definition.regex) <= MAX_REGEX:
        raise InputError(
            f"metric {definition.name!r} is not valid", fix=f"names have 1 to {MAX_NAME}, expressions 1 to {MAX_REGEX} characters"
        )
    try:
        expression = re.compile(definition.regex)
    except re.error as error:
        raise InputError(f"metric {definition.name}: {definition.regex!r} is no regular expression: {error}", fix="correct it") from None
    if expression.groups < 1:
        raise InputError(
            f"metric {definition.name}: {definition.regex!r} has no group", fix="put the number in parentheses: name=([0-9.]+);"
        )
    return expression
