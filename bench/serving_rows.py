"""From what was measured to the lines of the table, with the bars of the issue. Arithmetic only."""

from __future__ import annotations

import statistics
from collections.abc import Sequence

from bench.cases import Row
from bench.serving import BIG, KILLS, OVERLOAD_CLIENTS, Found, Point, Results
from bench.serving_load import Load
from bench.serving_stacks import CLASSIC, CLASSIC_PANDAS, OURS, PEER_STACKS

BARS: dict[Point, tuple[str, float]] = {  # 0: no bar
    ("json1", 1): ("one row as JSON, 1 connection", 1.3),
    ("json1", 8): ("one row as JSON, 8 connections", 2.5),
    ("json1", 32): ("one row as JSON, 32 connections", 5.0),
    ("json100", 8): ("100 rows as JSON, 8 connections", 2.0),
    ("csv1", 8): ("one row as CSV, 8 connections", 0.0),
    BIG: ("5 MB of CSV, 2 connections", 2.5),
}
SINGLE: tuple[Point, ...] = (("json1", 1), ("json1", 8), ("json1", 32))
PING_BAR, COLD_BAR, GROWTH_BAR = 1.0, 2.0, 3.0
PAYLOAD_MB = 5.0


def ratios(ours: Sequence[Load], other: Sequence[Load]) -> list[float]:
    """Requests per second of ours over the other's, round by round."""
    return [a.per_second / b.per_second if b.per_second else float("inf") for a, b in zip(ours, other, strict=False)]


def spread(values: Sequence[float], form: str = "{:.2f}") -> str:
    """`median (least-most)`."""
    return f"{form.format(statistics.median(values))} ({form.format(min(values))}-{form.format(max(values))})"


def rows(results: Results) -> list[Row]:
    """The whole table: bars first, then each peer's own line."""
    ours, classic = results.found[OURS.name], results.found[CLASSIC.name]
    for found in (ours, classic):
        if found.failure:
            return [Row(f"serving: {found.stack.name}", found.failure, "runs", False)]
    return [
        *[row for point in BARS for row in _throughput(results, point)],
        *_behaviour(ours, classic),
        _overhead(results, ours, classic),
        _checked(results),
        *[_peer(found, classic) for found in results.found.values() if found.stack in PEER_STACKS],
    ]


def _throughput(results: Results, point: Point) -> list[Row]:
    """Ours beside the classic; for one row also p99 and the fastest peer of this point."""
    what, bar = BARS[point]
    ours, classic = (results.found[stack.name].loads.get(point, []) for stack in (OURS, CLASSIC))
    if not ours or not classic:
        remarks = [remark for stack in (OURS, CLASSIC) for remark in results.found[stack.name].remarks if remark.startswith(point[0])]
        return [Row(what, "; ".join(remarks), f"{bar}x the classic", False)]
    times = ratios(ours, classic)
    value = f"{_rate(ours)} beside {_rate(classic)}: {spread(times)}x"
    found = [Row(what, value, f"{bar}x the classic" if bar else "", statistics.median(times) >= bar)]
    if point == BIG and (pandas := results.found.get(CLASSIC_PANDAS.name)) and pandas.loads.get(point):
        found.append(Row(f"the same beside {CLASSIC_PANDAS.name}", f"{spread(ratios(ours, pandas.loads[point]))}x", "", True))
    if point in SINGLE:
        tails = [a.p99 / b.p99 for a, b in zip(ours, classic, strict=False)]
        p99 = f"{_milliseconds(ours)} beside {_milliseconds(classic)}: {spread(tails)} of it"
        found += [Row("its 99th percentile", p99, "the classic's", statistics.median(tails) <= 1.0), *_best(results, point, ours)]
    return found


def _best(results: Results, point: Point, ours: Sequence[Load]) -> list[Row]:
    peers = [found for found in results.found.values() if found.stack in PEER_STACKS and found.loads.get(point)]
    if not peers:
        return []
    closest = min(peers, key=lambda found: statistics.median(ratios(ours, found.loads[point])))
    times = ratios(ours, closest.loads[point])
    value = f"{_rate(closest.loads[point])}: ours {spread(times)}x"
    return [Row(f"the fastest peer there, {closest.stack.name}", value, "ahead of it", statistics.median(times) > 1.0)]


def _behaviour(ours: Found, classic: Found) -> list[Row]:
    assert ours.ping and classic.ping and ours.killed and classic.killed
    cold, mb = statistics.median(ours.cold), f"{ours.memory:.0f} MB beside {classic.memory:.0f} MB"
    p99 = f"{ours.ping.p99:.3f} s beside {classic.ping.p99:.2f} s"
    lost = f"{ours.killed.failed} of {ours.killed.ok + ours.killed.failed} beside {classic.killed.failed} of the classic"
    growth = ours.big_growth / PAYLOAD_MB
    grown = f"{growth:.1f}x beside {classic.big_growth / PAYLOAD_MB:.1f}x"
    pinged = ours.ping.failed == 0 and ours.ping.ok > 0 and ours.ping.p99 < PING_BAR
    return [
        Row(f"/ping, {OVERLOAD_CLIENTS} clients on a model of 100 ms, p99", p99, f"{PING_BAR:g} s", pinged),
        Row(f"lost requests, {KILLS} workers killed under load", lost, "0", ours.killed.failed == 0),
        Row("start to first /ping", f"{spread(ours.cold)} s beside {spread(classic.cold)} s", f"{COLD_BAR:g} s", cold <= COLD_BAR),
        Row("memory (PSS) after the load", mb, "the classic's", ours.memory < classic.memory),
        Row("growth by a 5 MB payload, of its size", grown, f"{GROWTH_BAR:g}x", growth <= GROWTH_BAR),
    ]


def _overhead(results: Results, ours: Found, classic: Found) -> Row:
    """Median latency of one connection beside a loop inside one process: the predict alone, and with reading and writing."""
    own, other = (statistics.median(load.p50 for load in found.loads[SINGLE[0]]) * 1e6 for found in (ours, classic))
    predict, whole = results.predict * 1e6, results.whole * 1e6
    more = f"on top of the bare predict ({predict:.0f} us): {own - predict:.0f} us beside {other - predict:.0f} us"
    value = f"{own:.0f} us beside {other:.0f} us; {more}"
    return Row("a request at 1 connection, median", f"{value}; bare decode + predict + encode: {whole:.0f} us", "", True)


def _checked(results: Results) -> Row:
    loads = [load for found in results.found.values() for rounds in found.loads.values() for load in rounds]
    wrong = {found.stack.name: sum(load.wrong for rounds in found.loads.values() for load in rounds) for found in results.found.values()}
    others = [f"{name}: {count}" for name, count in wrong.items() if count and name != OURS.name]
    value = f"{wrong[OURS.name]} of {sum(load.ok for load in loads):,} checked" + (f" ({'; '.join(others)})" if others else "")
    return Row("wrong answers", value, "0", wrong[OURS.name] == 0)


def _peer(found: Found, classic: Found) -> Row:
    """One peer: requests per second, and times of the classic, at each point; memory; first ping."""
    if found.failure:
        return Row(found.stack.name, found.failure, "", True)
    parts = []
    for point, label in ((SINGLE[0], "1"), (SINGLE[1], "8"), (SINGLE[2], "32"), (("json100", 8), "100 rows"), (("csv1", 8), "CSV")):
        if loads := found.loads.get(point):
            parts.append(f"{label}: {_rate(loads)} ({statistics.median(ratios(loads, classic.loads[point])):.2f}x)")
    parts += [f"{found.memory:.0f} MB", f"first ping {found.cold[0]:.1f} s", *(remark.partition(": ")[2] for remark in found.remarks)]
    failed = sum(load.failed for rounds in found.loads.values() for load in rounds)
    return Row(found.stack.name, ", ".join(parts) + (f", {failed} failed" if failed else ""), "", True)


def _rate(loads: Sequence[Load]) -> str:
    value = statistics.median(load.per_second for load in loads)
    return f"{value:,.0f}/s" if value >= 100 else f"{value:.1f}/s"


def _milliseconds(loads: Sequence[Load]) -> str:
    return f"{statistics.median(load.p99 for load in loads) * 1000:.1f} ms"
