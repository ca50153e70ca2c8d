"""Searches the highest rate that meets an objective: doubling, then bisection, then confirmation."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from slipway.load.arrivals import MAX_RATE
from slipway.load.report import BUSY_PERCENT, LAG_MS

PRECISION = 0.05
"""How far the found rate may lie below the true one, as a share of it."""
CONFIRMATIONS = 2
LOWEST_RATE = 0.5
"""Requests per second below which the search says that no rate meets the objective."""

LimitedBy = Literal["objective", "tester", "largest rate", "nothing meets it", "interrupted"]


@dataclass(frozen=True)
class Step:
    """One run at one rate, in requests per second. `misses`: in what it missed the objective. `busy`: the tester itself was too slow."""

    rate: float
    phase: str
    report: Mapping[str, Any]
    misses: list[str]
    busy: bool = False
    interrupted: bool = False

    @property
    def met(self) -> bool:
        """Whether the objective was met to the end."""
        return not self.misses and not self.interrupted

    def as_dict(self) -> dict[str, Any]:
        """What is kept of a step."""
        latency = self.report["latency_ms"]
        kept = {"rate": self.rate, "phase": self.phase, "met": self.met, "misses": self.misses, "tester_busy": self.busy}
        return {**kept, "p50_ms": latency["p50"], "p99_ms": latency["p99"], "failed_percent": self.report["failed_percent"]}


@dataclass
class Found:
    """`rate` is the highest that held, 0 when none did; `limited_by` says what ended the search."""

    rate: float
    limited_by: LimitedBy
    steps: list[Step] = field(default_factory=list)

    @property
    def best(self) -> Step | None:
        """The last step at the found rate that met the objective."""
        return next((step for step in reversed(self.steps) if step.rate == self.rate and step.met), None)


def is_busy(report: Mapping[str, Any]) -> bool:
    """Whether the tester was too slow to judge the target: no core left, or requests late though connections were free."""
    waited = report["requests"]["waited_for_connection"]
    return max(report["clients"]["cpu_percent"], default=0.0) > BUSY_PERCENT or (report["lag_ms"]["p99"] > LAG_MS and not waited)


class _Ended(Exception):
    """The search cannot go on."""

    def __init__(self, by: LimitedBy) -> None:
        self.by = by


def find_max(probe: Callable[[float, str], Step], first: float, *, precision: float = PRECISION, most: float = MAX_RATE) -> Found:
    """Run `probe(rate, phase)` at rate after rate.

    A single bad run may be chance: a rate counts as missed only when two of three runs miss. The rate found in the end must hold
    CONFIRMATIONS times more; where it does not, a rate `precision` lower is confirmed instead.
    """
    search = _Search(probe, precision, most)
    try:
        low, high = search.bracket(first)
        low = search.bisect(low, high)
        return Found(search.confirm(low), "objective", search.steps)
    except _Ended as ended:
        return Found(search.highest(), ended.by, search.steps)
    except KeyboardInterrupt:  # between two runs
        return Found(search.highest(), "interrupted", search.steps)


class _Search:
    def __init__(self, probe: Callable[[float, str], Step], precision: float, most: float) -> None:
        self._probe, self._precision, self._most = probe, precision, most
        self.steps: list[Step] = []

    def bracket(self, first: float) -> tuple[float, float]:
        """A rate that holds and one that does not, a factor of two apart."""
        rate = min(first, self._most)
        if not self._holds(rate, "first"):
            while rate / 2 >= LOWEST_RATE:
                rate /= 2
                if self._holds(rate, "halving"):
                    return rate, rate * 2
            raise _Ended("nothing meets it")
        while rate < self._most:
            following = min(rate * 2, self._most)
            if not self._holds(following, "doubling"):
                return rate, following
            rate = following
        raise _Ended("largest rate")

    def bisect(self, low: float, high: float) -> float:
        """The highest rate that holds, to within the precision."""
        while high - low > self._precision * high:
            middle = _rounded((low + high) / 2)
            if middle in (low, high):
                break
            low, high = (middle, high) if self._holds(middle, "bisection") else (low, middle)
        return low

    def confirm(self, rate: float) -> float:
        """The rate, or a lower one, that held every time."""
        while rate >= LOWEST_RATE:
            if all(self._run(rate, "confirmation").met for _ in range(CONFIRMATIONS)):
                return rate
            rate = _rounded(rate * (1 - self._precision))
        raise _Ended("nothing meets it")

    def highest(self) -> float:
        """The highest rate whose last run met the objective; 0 when there is none."""
        last = {step.rate: step for step in self.steps}
        return max((rate for rate, step in last.items() if step.met), default=0.0)

    def _holds(self, rate: float, phase: str) -> bool:
        if self._run(rate, phase).met:
            return True
        again = self._run(rate, f"{phase}, again")
        if again.busy and not again.met:
            raise _Ended("tester")
        return again.met and self._run(rate, f"{phase}, deciding").met

    def _run(self, rate: float, phase: str) -> Step:
        step = self._probe(rate, phase)
        self.steps.append(step)
        if step.interrupted:
            raise _Ended("interrupted")
        return step


def _rounded(rate: float) -> float:
    """Three significant digits: a rate that can be said and typed."""
    return float(f"{rate:.3g}")
