"""From the datapoints of a metric alarm to its state, by CloudWatch's rules for missing data.

CloudWatch user guide, "Using Amazon CloudWatch alarms": it looks at a few more periods than EvaluationPeriods, uses the newest real
datapoints, and only when there are too few of them fills up by TreatMissingData.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from dataclasses import dataclass

EXTRA_PERIODS = 2
"""Periods beyond EvaluationPeriods that are looked at."""

_COMPARISONS: dict[str, Callable[[float, float], bool]] = {
    "GreaterThanOrEqualToThreshold": operator.ge,
    "GreaterThanThreshold": operator.gt,
    "LessThanThreshold": operator.lt,
    "LessThanOrEqualToThreshold": operator.le,
}
_WORDS = {
    "GreaterThanOrEqualToThreshold": "greater than or equal to",
    "GreaterThanThreshold": "greater than",
    "LessThanThreshold": "less than",
    "LessThanOrEqualToThreshold": "less than or equal to",
}


@dataclass(frozen=True)
class Condition:
    """When a metric alarm is in ALARM: `needed` of the last `periods` datapoints are beyond the threshold."""

    comparison: str
    threshold: float
    periods: int
    needed: int
    missing: str = "missing"

    def breaching(self, value: float) -> bool:
        """Whether one datapoint is beyond the threshold."""
        return _COMPARISONS[self.comparison](value, self.threshold)


def known_comparison(name: str) -> bool:
    """Whether the operator compares with a threshold; the others belong to anomaly detection."""
    return name in _COMPARISONS


def decide(condition: Condition, values: Sequence[float | None], current: str) -> tuple[str, str]:
    """The new state and its reason. `values`: one per period, oldest first, None where there is no datapoint."""
    real = [value for value in values if value is not None]
    if len(real) >= condition.periods:
        last = real[-condition.periods :]
        bad = sum(condition.breaching(value) for value in last)
        return _crossed(condition, last, "ALARM" if bad >= condition.needed else "OK")
    return _with_gaps(condition, values, real, current)


def _with_gaps(condition: Condition, values: Sequence[float | None], real: list[float], current: str) -> tuple[str, str]:
    gaps = condition.periods - len(real)
    bad = sum(condition.breaching(value) for value in real)
    if condition.missing == "breaching":
        return _filled(condition, real, "ALARM" if bad + gaps >= condition.needed else "OK", gaps, "breaching")
    if condition.missing == "notBreaching":
        return _filled(condition, real, "ALARM" if bad >= condition.needed else "OK", gaps, "nonBreaching")
    if not real:
        if condition.missing == "ignore":
            return current, ""
        word = "datapoint was" if condition.periods == 1 else "datapoints were"
        return "INSUFFICIENT_DATA", f"Insufficient Data: {condition.periods} {word} unknown."
    if bad >= condition.needed:
        return _crossed(condition, real, "ALARM")
    if bad < len(real):
        return _crossed(condition, real, "OK")
    age = len(values) - next(index for index, value in enumerate(values) if value is not None)
    if condition.missing == "missing" and age >= condition.needed:
        return _crossed(condition, real, "ALARM")
    return current, ""


def _crossed(condition: Condition, values: Sequence[float], state: str) -> tuple[str, str]:
    fitting = [value for value in values if condition.breaching(value) == (state == "ALARM")]
    verb = "was" if len(fitting) == 1 else "were"
    negation = "" if state == "ALARM" else "not "
    shown = ", ".join(f"{value:g}" for value in fitting[-5:])
    return state, (
        f"Threshold Crossed: {len(fitting)} out of the last {len(values)} datapoints [{shown}] {verb} {negation}"
        f"{_WORDS[condition.comparison]} the threshold ({condition.threshold:g})."
    )


def _filled(condition: Condition, values: Sequence[float], state: str, gaps: int, treated: str) -> tuple[str, str]:
    text = f"No datapoints were received for {gaps} period(s); missing datapoints were treated as [{treated}]."
    if not values:
        return state, f"Threshold Crossed: {text[0].lower()}{text[1:]}"
    return state, f"{_crossed(condition, values, state)[1]} {text}"
