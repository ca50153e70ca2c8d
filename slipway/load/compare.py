"""Two load reports side by side: what became slower, what failed more."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from slipway.load import wording

NOISE_PERCENT = 5.0
"""Differences up to this are shown, but called neither better nor worse: two runs of the same thing differ by as much."""


@dataclass(frozen=True)
class Row:
    """One measure of both reports. `change` in percent of A (None when A is 0); `worse`: True, False, or None within the noise."""

    name: str
    unit: str
    a: float
    b: float
    change: float | None
    worse: bool | None

    def as_dict(self) -> dict[str, Any]:
        """For `--json`."""
        return {"name": self.name, "unit": self.unit, "a": self.a, "b": self.b, "change_percent": self.change, "worse": self.worse}


_TIMES = ("p50", "p90", "p95", "p99", "p99_9", "max", "mean")


def compare(a: Mapping[str, Any], b: Mapping[str, Any]) -> list[Row]:
    """Rates, failures and latencies of two reports, then the p99 of the cases they share."""
    rows = [
        _row("rate asked for", "1/s", a["rate"]["asked"], b["rate"]["asked"], higher_is_worse=None),
        _row("answered as expected", "1/s", a["rate"]["ok"], b["rate"]["ok"], higher_is_worse=False),
        _row("failed", "%", a["failed_percent"], b["failed_percent"], higher_is_worse=True, noise=0.0),
        *(_row(f"latency {name.replace('_', '.')}", "ms", a["latency_ms"][name], b["latency_ms"][name]) for name in _TIMES),
        *(_row(f"service time {name}", "ms", a["service_ms"][name], b["service_ms"][name]) for name in ("p50", "p99")),
    ]
    others = {case["name"]: case for case in b["cases"]}
    for case in a["cases"]:
        if len(a["cases"]) > 1 and case["name"] in others:
            rows.append(_row(f"p99 of {case['name']}", "ms", case["latency_ms"]["p99"], others[case["name"]]["latency_ms"]["p99"]))
    return rows


def differences(a: Mapping[str, Any], b: Mapping[str, Any]) -> list[str]:
    """In what the two tests themselves differ, so that nobody compares apples with pears."""
    found = []
    for name, one, other in (
        ("target", a["target"]["name"], b["target"]["name"]),
        ("arrivals", wording.arrivals(a), wording.arrivals(b)),
        ("duration", f"{a['settings']['seconds']:g} s", f"{b['settings']['seconds']:g} s"),
        ("cases", _cases(a), _cases(b)),
        ("warm-up", f"{a['settings']['warmup']:g} s", f"{b['settings']['warmup']:g} s"),
    ):
        if one != other:
            found.append(f"{name}: {one} and {other}")
    return found


def _cases(report: Mapping[str, Any]) -> str:
    return ", ".join(case["name"] for case in report["cases"])


def _row(name: str, unit: str, a: float, b: float, *, higher_is_worse: bool | None = True, noise: float = NOISE_PERCENT) -> Row:
    change = round(100 * (b - a) / a, 2) if a else None
    beyond = a != b if change is None else abs(change) > noise
    return Row(name, unit, a, b, change, (b > a) is higher_is_worse if beyond and higher_is_worse is not None else None)
