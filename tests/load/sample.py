"""A report made of invented measurements: no process, no clock."""

from __future__ import annotations

import random
from typing import Any

from slipway.contract.cases import Case
from slipway.load.arrivals import constant
from slipway.load.histogram import Latencies
from slipway.load.plan import Plan
from slipway.load.report import build
from slipway.load.signing import Auth
from slipway.load.slo import Objective
from slipway.load.tally import Done, Measured, Tally

SECONDS, RATE = 30, 40
START = 1_767_225_600.0


def sample_plan() -> Plan:
    """Two cases for half a minute."""
    return Plan("http://127.0.0.1/x", Auth("open"), (Case("one wine as JSON"), Case("one wine as CSV")), constant(RATE, SECONDS), 2)


def sample_report(median: float = 0.020, failures: float = 0.01, *, p99: float | None = 100.0, interrupted: bool = False) -> dict[str, Any]:
    """Latencies around `median` seconds, a share of `failures` refused, and a slow second in the middle."""
    plan, chance = sample_plan(), random.Random(3)
    tally = Tally(2)
    for index, due in plan.schedule.due():
        took = chance.lognormvariate(0, 0.3) * median * (8 if 15 <= due < 16 else 1)
        if chance.random() < failures:
            tally.add(Done(index % 2, int(due), "refused", took, took, 0.0001, 503, problem="status: expected 200, got 503"))
        else:
            tally.add(Done(index % 2, int(due), "ok", took, took, 0.0001, 200, "main"))
    by_case = [Latencies([latencies.encode()]) for latencies in tally.by_case]
    times = (tally.latency, tally.service, tally.lag)
    measured = Measured(tally.counts, *times, by_case, tally.news(), START, SECONDS + 0.1, [3.0, 3.1], interrupted)
    target = {"environment": "dev", "kind": "endpoint", "name": "slipway-dev-wine", "url": plan.url, "auth": "open", "variant": ""}
    about = {"target": target, "arrivals": {"kind": "constant", "rate": RATE, "poisson": False}, "case_file": "examples/wine/cases.yaml"}
    return build(plan, measured, about, Objective(p99, 0.1))


def sample_search() -> dict[str, Any]:
    """A search of four steps."""
    steps = []
    for rate, p99 in ((10, 12.0), (20, 14.0), (40, 180.0), (20, 15.0)):
        kept = {"rate": rate, "phase": "doubling", "tester_busy": False, "p50_ms": p99 / 3, "p99_ms": p99, "failed_percent": 0.0}
        steps.append({**kept, "met": p99 < 100, "misses": [] if p99 < 100 else ["p99 is 180.0 ms, the objective 100 ms"]})
    report = sample_report(0.005, 0.0)
    objective = {"p99_ms": 100.0, "error_budget_percent": 0.1}
    found = {
        "format": "slipway-load-max/1",
        "target": report["target"],
        "objective": objective,
        "max_rate": 20.0,
        "limited_by": "objective",
    }
    return {**found, "confirmations": 2, "steps": steps, "report": report}
