"""Load tests in the terminal: live while they run, then tables."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from rich.text import Text

from slipway.cli.output import TerminalReporter, stderr, table

if TYPE_CHECKING:
    from rich.console import Console
    from rich.live import Live as RichLive

    from slipway.load.compare import Row
    from slipway.load.find_max import Step
    from slipway.load.run import Progress

_RECENT = 5
"""Seconds of the schedule that the live percentiles are of."""
_LINE_SECONDS = 5.0
"""Without a terminal: seconds between two lines."""
_BAR = 24


class Live:
    """Called with the progress of a run: one line that changes in a terminal, else a line every few seconds. On stderr."""

    def __init__(self, name: str) -> None:
        self._name, self._reporter, self._told = name, TerminalReporter(), time.monotonic()
        self._live: RichLive | None = None

    def __enter__(self) -> Live:
        console = stderr()
        if console.is_terminal:
            from rich.live import Live as RichLive

            self._live = RichLive(console=console, refresh_per_second=4, transient=True)
            self._live.start()
            self._reporter = TerminalReporter(console)
        return self

    def __exit__(self, *_: object) -> None:
        if self._live is not None:
            self._live.stop()

    def __call__(self, progress: Progress) -> None:
        if self._live is not None:
            done = min(_BAR, round(_BAR * progress.elapsed / progress.total))
            bar = f"{'━' * done}{'╌' * (_BAR - done)} {progress.elapsed:.0f} of {progress.total:g} s"
            self._live.update(Text.assemble((self._name, "cyan"), f" {bar}\n  {progress_line(progress)}"))
        elif time.monotonic() - self._told >= _LINE_SECONDS:
            self._told = time.monotonic()
            self._reporter.info(self._name, f"{progress.elapsed:.0f} of {progress.total:g} s, {progress_line(progress)}")


def progress_line(progress: Progress) -> str:
    """What a run has sent so far, and the percentiles of its last seconds; at most some 75 characters."""
    from slipway.load.histogram import coarse_percentile

    last = max(progress.seconds_of, default=0)
    buckets: Counter[int] = Counter()
    for at in range(last - _RECENT + 1, last + 1):
        if at in progress.seconds_of:
            buckets.update(progress.seconds_of[at].buckets)
    found = {name: coarse_percentile(buckets, share) for name, share in (("p50", 50.0), ("p99", 99.0))}
    times = " ".join(f"{name} {value:.1f} ms" for name, value in found.items() if value is not None)
    counts = progress.counts
    rate = counts.outcomes["ok"] / progress.elapsed if progress.elapsed else 0.0
    sums = f"{counts.due} requests, {counts.outcomes['ok']} ok, {counts.failed} failed, {rate:.1f}/s"
    return f"{sums}, last {_RECENT} s: {times or 'nothing timed'}"


def step_line(step: Step) -> str:
    """One step of a search."""
    latency = step.report["latency_ms"]
    said = "held" if step.met else "interrupted" if step.interrupted else "missed: " + "; ".join(step.misses)
    return f"{step.phase}: {step.rate:g}/s, p50 {latency['p50']:.1f} ms, p99 {latency['p99']:.1f} ms, {said}"


def report_view(console: Console, report: Mapping[str, Any]) -> None:
    """A report for people."""
    times = table("ms", *(name.replace("_", ".") for name in ("p50", "p90", "p95", "p99", "p99_9", "max", "mean")))
    for label, key in (("latency", "latency_ms"), ("service time", "service_ms")):
        times.add_row(label, *(_ms(report[key], name) for name in ("p50", "p90", "p95", "p99", "p99_9", "max", "mean")))
    console.print(times)
    counts = table("case", "requests", "as expected", "failed", "p50 ms", "p99 ms")
    for case in report["cases"]:
        latency = case["latency_ms"]
        numbers = (str(case[name]) for name in ("requests", "ok", "failed"))
        counts.add_row(case["name"], *numbers, _ms(latency, "p50"), _ms(latency, "p99"))
    console.print(counts)
    for item in report["problems"]:
        console.print(f"{item['outcome']}, {item['count']} times, {item['case']}: {item['problem']}")
    requests, rate = report["requests"], report["rate"]
    outcomes = ", ".join(
        f"{requests[name]} {name}" for name in ("wrong", "refused", "timeout", "connection", "unsent", "unfinished") if requests[name]
    )
    sums = f"{requests['sent']} requests sent, {requests['ok']} answered as expected{', ' if outcomes else ''}{outcomes}"
    console.print(f"{sums}; {rate['ok']:g}/s of {rate['asked']:g}/s asked for")
    _notes(console, report)


def _ms(times: Mapping[str, float], name: str) -> str:
    """A time of a summary; a dash where nothing was timed."""
    return f"{times[name]:.1f}" if times["count"] else "-"


def _notes(console: Console, report: Mapping[str, Any]) -> None:
    for text in report["warnings"]:
        console.print(Text.assemble(("note:", "yellow"), " ", text))
    objective = report["objective"]
    if not objective["met"]:
        console.print(Text.assemble(("objective missed:", "red"), " ", "; ".join(objective["misses"])))


def search_view(console: Console, found: Mapping[str, Any]) -> None:
    """The steps of a search and what came of it."""
    steps = table("phase", "rate", "p50 ms", "p99 ms", "failed %", "missed")
    for step in found["steps"]:
        numbers = (f"{step['p50_ms']:.1f}", f"{step['p99_ms']:.1f}", f"{step['failed_percent']:g}")
        steps.add_row(step["phase"], f"{step['rate']:g}/s", *numbers, "; ".join(step["misses"]))
    console.print(steps)
    said = {
        "objective": f"highest rate that meets the objective: {found['max_rate']:g}/s",
        "largest rate": f"{found['max_rate']:g}/s met the objective; higher rates are not tried",
        "tester": f"{found['max_rate']:g}/s met the objective; this machine cannot send faster, so the target's limit lies higher",
        "nothing meets it": "no rate meets the objective",
        "interrupted": f"ended by Ctrl-C; {found['max_rate']:g}/s met the objective until then",
    }
    console.print(said[found["limited_by"]])
    if target := found.get("scaling_target"):
        was = "new policy" if target["was"] is None else f"was {target['was']:g}"
        sums = f"{target['max_rate_per_instance']:g}/s per instance x {target['safety_factor']:g} x 60"
        console.print(f"{target['file']}:{target['line']}: target_value {target['target_value']:g} ({was}) = {sums}")


def compare_view(console: Console, rows: Sequence[Row], words: Sequence[str]) -> None:
    """Two reports side by side."""
    for text in words:
        console.print(Text.assemble(("the tests differ:", "yellow"), " ", text))
    shown = table("", "A", "B", "change")
    for row in rows:
        style = {True: "red", False: "green", None: ""}[row.worse]
        change = "" if row.change is None else f"{row.change:+.1f} %"
        shown.add_row(row.name, _measure(row.a, row.unit), _measure(row.b, row.unit), Text(change, style))
    console.print(shown)


def _measure(value: float, unit: str) -> str:
    return f"{value:g}/s" if unit == "1/s" else f"{value:g} {unit}"
