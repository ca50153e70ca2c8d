"""The report of a load test as one JSON document; the page and the comparison are made of it alone."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from slipway.errors import InputError
from slipway.load.histogram import coarse_percentile
from slipway.load.plan import Plan
from slipway.load.slo import Objective
from slipway.load.tally import FAILURES, OUTCOMES, Measured, Second

FORMAT = "slipway-load/1"
BUSY_PERCENT = 80.0
"""CPU of a client process, in percent of one core, above which its own delays may show in the latencies."""
LAG_MS = 10.0


def build(plan: Plan, measured: Measured, about: Mapping[str, Any], objective: Objective) -> dict[str, Any]:
    """The report of one run. `about` holds `target` and `arrivals`, as the command understood them. Times in milliseconds."""
    counts = measured.counts
    span = min(plan.schedule.seconds, measured.seconds) if measured.interrupted else plan.schedule.seconds
    report: dict[str, Any] = {
        "format": FORMAT,
        **about,
        "settings": _settings(plan),
        "began": _iso(measured.began),
        "ended": _iso(measured.began + measured.seconds),
        "seconds": round(measured.seconds, 3),
        "interrupted": measured.interrupted,
        "requests": _requests(plan, measured),
        "rate": {
            "asked": _per_second(plan.schedule.requests, plan.schedule.seconds),
            "due": _per_second(counts.due, span),
            "ok": _per_second(counts.outcomes["ok"], max(span, measured.seconds)),
        },
        "failed_percent": round(100 * counts.failed / max(1, counts.due), 4),
        "latency_ms": measured.latency.summary(),
        "service_ms": measured.service.summary(),
        "lag_ms": measured.lag.summary(),
        "statuses": {str(status): count for status, count in sorted(counts.statuses.items())},
        "variants": dict(sorted(counts.variants.items())),
        "cases": [_case(plan, measured, number) for number in range(len(plan.cases))],
        "problems": [
            {"case": plan.cases[case].name, "outcome": outcome, "problem": text, "count": count}
            for (case, outcome, text), count in counts.problems.most_common()
        ],
        "clients": {"cpu_percent": [round(100 * cpu / max(0.001, measured.seconds), 1) for cpu in measured.cpu]},
        "each_second": [_second(number, second) for number, second in sorted(measured.seconds_of.items())],
        "curve": [[round(share, 5), value] for share, value in measured.latency.curve()],
        "histograms": {name: getattr(measured, name).encode().decode() for name in ("latency", "service")},
    }
    report["warnings"] = _warnings(report)
    misses = objective.misses(report)
    report["objective"] = {"p99_ms": objective.p99, "error_budget_percent": objective.error_budget, "met": not misses, "misses": misses}
    return report


def read_report(path: Path) -> dict[str, Any]:
    """A report that `--report` wrote. InputError for anything else."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is no JSON"
        raise InputError(f"{path} cannot be read: {reason}", fix="name a report of `slipway load --report`") from None
    if not isinstance(found, dict) or found.get("format") != FORMAT:
        raise InputError(f"{path} is no load report of format {FORMAT}", fix="name a report of `slipway load --report`")
    return found


def _settings(plan: Plan) -> dict[str, Any]:
    kept = {name: getattr(plan, name) for name in ("processes", "max_in_flight", "timeout", "warmup")}
    return {**kept, "seconds": plan.schedule.seconds, "poisson": plan.schedule.poisson, "peak_rate": plan.schedule.peak}


def _requests(plan: Plan, measured: Measured) -> dict[str, int]:
    counts = measured.counts
    return {
        "planned": round(plan.schedule.requests),
        "due": counts.due,
        "sent": counts.sent,
        **{name: counts.outcomes[name] for name in OUTCOMES},
        "failed": counts.failed,
        "late": counts.late,
        "waited_for_connection": counts.waited,
        "warmup": counts.warmup,
    }


def _case(plan: Plan, measured: Measured, number: int) -> dict[str, Any]:
    counted = {outcome: measured.counts.cases[number, outcome] for outcome in OUTCOMES}
    failed = sum(counted[name] for name in FAILURES)
    summary = measured.by_case[number].summary()
    return {
        "name": plan.cases[number].name,
        "requests": sum(counted.values()),
        "ok": counted["ok"],
        "failed": failed,
        "latency_ms": summary,
    }


def _second(number: int, second: Second) -> dict[str, Any]:
    times = {
        name: coarse_percentile(second.buckets, share) for name, share in (("p50", 50.0), ("p90", 90.0), ("p99", 99.0), ("max", 100.0))
    }
    failed = sum(second.outcomes[name] for name in FAILURES)
    return {"second": number, "due": second.outcomes.total(), "ok": second.outcomes["ok"], "failed": failed, **times}


def _warnings(report: Mapping[str, Any]) -> list[str]:
    """What a reader must know before he believes the numbers."""
    requests, found = report["requests"], []
    if report["interrupted"]:
        found.append(f"ended by Ctrl-C after {report['seconds']:.0f} s; {requests['unfinished']} requests were still under way")
    if requests["unsent"]:
        found.append(f"{requests['unsent']} requests were never sent: all {report['settings']['max_in_flight']} connections were in use")
    if requests["waited_for_connection"]:
        found.append(f"{requests['waited_for_connection']} requests had to wait for a free connection; the wait is in their latency")
    busiest = max(report["clients"]["cpu_percent"], default=0.0)
    if busiest > BUSY_PERCENT:
        found.append(
            f"a client process used {busiest:.0f} % of a core: this machine may be the limit, not the target; use more --processes"
        )
    elif report["lag_ms"]["p99"] > LAG_MS and not requests["waited_for_connection"]:
        found.append(f"1 % of the requests were sent more than {report['lag_ms']['p99']:.0f} ms late: this machine is busy; see service_ms")
    return found


def _per_second(count: float, seconds: float) -> float:
    return round(count / seconds, 3) if seconds > 0 else 0.0


def _iso(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z")
