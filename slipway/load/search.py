"""`--find-max` with real runs: each step is a whole load test of its own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from slipway.load.arrivals import Schedule, constant
from slipway.load.find_max import CONFIRMATIONS, PRECISION, Found, Step, find_max, is_busy
from slipway.load.prepare import Prepared
from slipway.load.report import build
from slipway.load.run import Progress, run
from slipway.load.slo import Objective

FORMAT = "slipway-load-max/1"


def search(
    prepared: Prepared,
    objective: Objective,
    tell: Callable[[Progress], None],
    told: Callable[[Step], None],
    *,
    precision: float = PRECISION,
) -> Found:
    """Find the highest rate of `prepared`'s target; its schedule gives the first rate and the length of a step. `told` gets each step."""
    first = prepared.plan.schedule

    def probe(rate: float, phase: str) -> Step:
        made = constant(rate, first.seconds)
        plan = replace(prepared.plan, schedule=Schedule(made.segments, first.poisson, first.seed))
        measured = run(plan, tell)
        about = {**prepared.about, "arrivals": {**prepared.about["arrivals"], "rate": rate}}
        report = build(plan, measured, about, objective)
        step = Step(rate, phase, report, report["objective"]["misses"], is_busy(report), measured.interrupted)
        told(step)
        return step

    return find_max(probe, first.peak, precision=precision)


def as_document(found: Found, prepared: Prepared, objective: Objective) -> dict[str, Any]:
    """The search as JSON: every step, and the whole report of the last run at the found rate."""
    best = found.best
    return {
        "format": FORMAT,
        "target": prepared.about["target"],
        "objective": {"p99_ms": objective.p99, "error_budget_percent": objective.error_budget},
        "max_rate": found.rate,
        "limited_by": found.limited_by,
        "confirmations": CONFIRMATIONS,
        "steps": [step.as_dict() for step in found.steps],
        "report": dict(best.report) if best else None,
    }
