"""Whether a run meets its objective: p99 and error budget."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from slipway.errors import InputError

ERROR_BUDGET = 0.1
"""Percent of the requests that may fail where nothing is said."""


@dataclass(frozen=True)
class Objective:
    """`p99` in milliseconds from the intended time (None: any), `error_budget` in percent of the requests that were due."""

    p99: float | None = None
    error_budget: float = ERROR_BUDGET

    def __post_init__(self) -> None:
        if self.p99 is not None and not self.p99 > 0:
            raise InputError(f"--slo-p99 {self.p99:g}: must be above 0 milliseconds", fix="for example --slo-p99 250")
        if not 0 <= self.error_budget <= 100:
            raise InputError(f"--error-budget {self.error_budget:g}: must be from 0 to 100 percent", fix="for example --error-budget 0.1")

    def misses(self, report: Mapping[str, Any]) -> list[str]:
        """In what a report misses it, in words; empty when it meets it."""
        found = []
        failed, p99 = report["failed_percent"], report["latency_ms"]["p99"]
        if not report["requests"]["due"]:
            found.append("no request was sent")
        if failed > self.error_budget:
            found.append(f"{failed:.3g} % of the requests failed, the error budget is {self.error_budget:g} %")
        if self.p99 is not None and p99 > self.p99:
            found.append(f"p99 is {p99:.1f} ms, the objective {self.p99:g} ms")
        return found
