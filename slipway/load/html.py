"""The report of a load test, of a search or of a comparison as one page of plots."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from slipway.load import wording
from slipway.load.compare import Row, compare, differences
from slipway.plots.page import Block, Chart, Page, Section, Series, Table, Text, Threshold, Tile, Tiles, render

_TIMES = ("p50", "p90", "p95", "p99", "p99_9", "max", "mean")
_OUTCOMES = {
    "ok": "answered as the case expects",
    "wrong": "expected status, another answer",
    "refused": "another status than expected",
    "timeout": "no whole answer in time",
    "connection": "the connection broke or could not be made",
    "unsent": "no free connection within the timeout",
    "unfinished": "under way when the test was ended",
}


def report_page(report: Mapping[str, Any]) -> str:
    """One run as HTML."""
    return render(Page(f"Load test of {report['target']['name']}", _subtitle(report), _sections(report), _generated(report)))


def search_page(found: Mapping[str, Any]) -> str:
    """A search for the highest rate as HTML: its steps, then the last run at the rate found."""
    rate = found["max_rate"]
    head = Tiles([Tile("highest rate", f"{rate:g}/s", wording.LIMITED_BY[found["limited_by"]], "good" if rate else "bad"),
                  Tile("objective", wording.objective(found["objective"]))])  # fmt: skip
    sections = [Section("Search", [head, _steps_chart(found), _steps_table(found)])]
    report = found.get("report")
    sections += _sections(report) if report else []
    subtitle = _subtitle(report) if report else found["target"]["environment"]
    return render(Page(f"Highest rate of {found['target']['name']}", subtitle, sections, _generated(report) if report else ""))


def compare_page(a: Mapping[str, Any], b: Mapping[str, Any]) -> str:
    """Two runs side by side as HTML."""
    rows = compare(a, b)
    words = differences(a, b)
    blocks: list[Block] = [Text("The two tests differ in " + "; ".join(words) + ".")] if words else []
    blocks += [_compare_table(rows), _curves([("A", a), ("B", b)], None), _over_time([("A", a), ("B", b)])]
    title = f"{a['target']['name']}: A from {wording.moment(a['began'])}, B from {wording.moment(b['began'])}"
    return render(Page("Load tests compared", title, [Section("", blocks)], _generated(b)))


def _subtitle(report: Mapping[str, Any]) -> str:
    seconds = f"{report['settings']['seconds']:g} s"
    return f"{report['target']['environment']}: {wording.arrivals(report)}, for {seconds} from {wording.moment(report['began'])}"


def _generated(report: Mapping[str, Any]) -> str:
    return f"slipway load, {wording.moment(report['ended'])}"


def _sections(report: Mapping[str, Any]) -> list[Section]:
    p99 = report["objective"]["p99_ms"]
    first: list[Block] = [_tiles(report), *(Text(f"Note: {text}.") for text in report["warnings"])]
    plots: list[Block] = [_over_time([("", report)], p99), _arrivals(report), _curves([("", report)], p99), _times_table(report)]
    return [
        Section("", first),
        Section("Latency and rate", plots),
        Section("Requests", [_outcomes(report), _cases(report), *_problems(report)]),
    ]


def _tiles(report: Mapping[str, Any]) -> Tiles:
    latency, requests, objective = report["latency_ms"], report["requests"], report["objective"]
    said = "; ".join(objective["misses"]) or wording.objective(objective)
    met = Tile("objective", "met" if objective["met"] else "missed", said, "good" if objective["met"] else "bad")
    return Tiles(
        [
            met,
            Tile("requests sent", f"{requests['sent']:,}", f"{requests['ok']:,} answered as expected"),
            Tile("rate", f"{report['rate']['ok']:.1f}/s", f"asked for {report['rate']['asked']:g}/s"),
            Tile("p50", _ms(latency, "p50")),
            Tile("p99", _ms(latency, "p99"), f"service time {_ms(report['service_ms'], 'p99')}"),
            Tile("failed", f"{report['failed_percent']:g} %", f"{requests['failed']:,} requests", "bad" if requests["failed"] else "good"),
        ]
    )


def _ms(times: Mapping[str, float], name: str) -> str:
    return f"{times[name]:.1f} ms" if times["count"] else "nothing timed"


def _over_time(reports: Sequence[tuple[str, Mapping[str, Any]]], p99: float | None = None) -> Chart:
    """Latency by the second in which requests were due. Alone: by the time of day; two: from their starts on."""
    series = []
    for name, report in reports:
        origin = _epoch(report) if len(reports) == 1 else 0.0
        x = [origin + item["second"] for item in report["each_second"]]
        for measure in ("p50", "p90", "p99") if len(reports) == 1 else ("p50", "p99"):
            series.append(Series(f"{name} {measure}".strip(), x, [item[measure] for item in report["each_second"]]))
    lines = [Threshold(p99, "objective")] if p99 else []
    kind: Any = "time" if len(reports) == 1 else "number"
    title, unit = "Latency of the requests due in each second", "" if kind == "time" else "s"
    return Chart(title, series, "ms", x_kind=kind, thresholds=lines, x_unit=unit, low=0.0)


def _arrivals(report: Mapping[str, Any]) -> Chart:
    items, origin = report["each_second"], _epoch(report)
    x = [origin + item["second"] for item in items]
    series = [Series(name, x, [item[key] for item in items]) for name, key in (("due", "due"), ("as expected", "ok"), ("failed", "failed"))]
    return Chart("Requests due in each second, and what became of them", series, "1/s", kind="step", low=0.0, sums=True)


def _curves(reports: Sequence[tuple[str, Mapping[str, Any]]], p99: float | None) -> Chart:
    series = [
        Series(name or "latency", [share for share, _ in report["curve"]], [value for _, value in report["curve"]])
        for name, report in reports
    ]
    lines = [Threshold(p99, "objective")] if p99 else []
    return Chart("Latency by percentile", series, "ms", x_kind="percentile", thresholds=lines, low=0.0)


def _times_table(report: Mapping[str, Any]) -> Table:
    rows: list[list[str | float | int | None]] = [
        [label, *(round(report[key][name], 2) for name in _TIMES)]
        for label, key in (("latency, from the intended time", "latency_ms"), ("service time, from the sending", "service_ms"),
                           ("sent late by", "lag_ms"))
    ]  # fmt: skip
    return Table("Times in milliseconds", ["", *(name.replace("_", ".") for name in _TIMES)], rows, width=12)


def _outcomes(report: Mapping[str, Any]) -> Table:
    rows: list[list[str | float | int | None]] = [[name, report["requests"][name], text] for name, text in _OUTCOMES.items()]
    rows.append(["due", report["requests"]["due"], "the sum"])
    rows.append(["late", report["requests"]["late"], "sent more than 10 ms after their time"])
    rows += [[f"status {status}", count, ""] for status, count in report["statuses"].items()]
    rows += [[f"variant {variant}", count, ""] for variant, count in report["variants"].items()]
    return Table("What became of the requests", ["", "requests", ""], rows, width=12)


def _cases(report: Mapping[str, Any]) -> Table:
    columns = ["case", "requests", "as expected", "failed", "p50 ms", "p99 ms"]
    rows = [
        [
            case["name"],
            case["requests"],
            case["ok"],
            case["failed"],
            round(case["latency_ms"]["p50"], 2),
            round(case["latency_ms"]["p99"], 2),
        ]
        for case in report["cases"]
    ]
    return Table("Cases", columns, rows, ["bad" if case["failed"] else "" for case in report["cases"]], width=12)


def _problems(report: Mapping[str, Any]) -> list[Block]:
    rows = [[item["case"], item["outcome"], item["problem"], item["count"]] for item in report["problems"]]
    return [Table("What was wrong", ["case", "outcome", "problem", "requests"], rows)] if rows else []


def _steps_chart(found: Mapping[str, Any]) -> Chart:
    steps = sorted(found["steps"], key=lambda step: step["rate"])
    x = [step["rate"] for step in steps]
    series = [Series(name, x, [step[f"{name}_ms"] for step in steps]) for name in ("p50", "p99")]
    lines = [Threshold(found["objective"]["p99_ms"], "objective")]
    return Chart("Latency at each rate", series, "ms", x_kind="number", x_unit="1/s", thresholds=lines, low=0.0, width=24)


def _steps_table(found: Mapping[str, Any]) -> Table:
    rows = [
        [number, step["phase"], step["rate"], step["p50_ms"], step["p99_ms"], step["failed_percent"], "; ".join(step["misses"])]
        for number, step in enumerate(found["steps"], 1)
    ]
    tones: Any = ["good" if step["met"] else "bad" for step in found["steps"]]
    return Table("Steps", ["step", "phase", "rate 1/s", "p50 ms", "p99 ms", "failed %", "missed"], rows, tones)


def _compare_table(rows: Sequence[Row]) -> Table:
    tones: Any = [{True: "bad", False: "good", None: ""}[row.worse] for row in rows]
    lines = [[row.name, row.unit, row.a, row.b, None if row.change is None else f"{row.change:+.1f} %"] for row in rows]
    return Table("A and B", ["", "unit", "A", "B", "change"], lines, tones)


def _epoch(report: Mapping[str, Any]) -> float:
    return datetime.fromisoformat(report["began"].replace("Z", "+00:00")).timestamp()
