"""How a load report's settings are said to people: in pages, in the terminal, in comparisons."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

LIMITED_BY = {
    "objective": "the next higher rate missed the objective",
    "largest rate": "higher rates are not tried",
    "tester": "this machine cannot send faster; the target's limit lies higher",
    "nothing meets it": "no rate meets the objective",
    "interrupted": "ended by Ctrl-C",
}
"""Why a search for the highest rate ended, by the word that its document has."""


def arrivals(report: Mapping[str, Any]) -> str:
    """When requests were due, such as "30 requests a second, at random"."""
    found = report["arrivals"]
    kinds = {
        "constant": lambda: f"{found['rate']:g} requests a second",
        "ramp": lambda: f"{found['from']:g} to {found['to']:g} requests a second",
        "trace": lambda: f"the trace {found['file']}",
    }
    return f"{kinds[found['kind']]()}, {'at random' if found['poisson'] else 'evenly spread'}"


def objective(found: Mapping[str, Any]) -> str:
    """What an objective asks for, such as "p99 ≤ 250 ms, errors ≤ 0.1 %"."""
    latency = "" if found["p99_ms"] is None else f"p99 ≤ {found['p99_ms']:g} ms, "
    return f"{latency}errors ≤ {found['error_budget_percent']:g} %"


def moment(text: str) -> str:
    """A time of a report to the second, such as "2026-01-01 12:00:00 UTC"."""
    return f"{text[:19].replace('T', ' ')} UTC"
