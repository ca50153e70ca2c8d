"""Reports, comparisons and their pages, without a load."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any, get_args

import pytest

from slipway.errors import InputError
from slipway.load import wording
from slipway.load.compare import compare, differences
from slipway.load.find_max import LimitedBy
from slipway.load.histogram import SHARES, Latencies, bucket, coarse_percentile
from slipway.load.html import compare_page, report_page, search_page
from slipway.load.report import read_report
from slipway.load.slo import Objective
from tests.load.sample import RATE, SECONDS, sample_report, sample_search


def test_histograms_are_exact_to_three_digits_and_add_up() -> None:
    parts = [Latencies() for _ in range(3)]
    for value in range(1, 10_001):
        parts[value % 3].add(value / 1000)
    whole = Latencies(part.encode() for part in parts)
    assert len(whole) == 10_000
    for share in SHARES.values():
        assert whole.percentile(share) == pytest.approx(share * 100, rel=0.001)
    assert whole.summary()["mean"] == pytest.approx(5000.5, rel=0.001)
    curve = whole.curve()
    assert curve == sorted(curve) and curve[0] == (0.0, pytest.approx(1, rel=0.01)) and curve[-1][0] > 99.9
    assert Latencies().summary()["p99"] == 0 and Latencies().curve() == []
    huge = Latencies()
    huge.add(1e9)
    huge.add(-1.0)
    assert len(huge) == 2 and huge.percentile(100.0) == pytest.approx(3_600_000, rel=0.001)


def test_coarse_buckets_are_within_a_percent() -> None:
    for microseconds in (1, 127, 128, 1000, 99_999, 12_345_678):
        assert microseconds * 0.992 <= bucket(microseconds / 1e6) <= microseconds
    buckets = Counter(bucket(value / 1000) for value in range(1, 101))
    assert coarse_percentile(buckets, 50.0) == pytest.approx(50, rel=0.01) and coarse_percentile(buckets, 100.0) == pytest.approx(
        100, rel=0.01
    )
    assert coarse_percentile(Counter(), 50.0) is None


def test_a_report_reads_back(tmp_path: Path) -> None:
    report = sample_report()
    path = tmp_path / "report.json"
    path.write_text(json.dumps(report))
    assert read_report(path) == report
    assert report["rate"]["asked"] == RATE and report["requests"]["planned"] == RATE * SECONDS == report["requests"]["due"]
    assert report["objective"]["met"] is False and len(report["objective"]["misses"]) == 2
    assert Latencies([report["histograms"]["latency"]]).summary() == report["latency_ms"]
    path.write_text("[]")
    with pytest.raises(InputError, match="no load report"):
        read_report(path)


def test_an_objective() -> None:
    fine = sample_report(failures=0.0, median=0.002)
    assert Objective(100.0, 0.0).misses(fine) == []
    assert Objective(1.0).misses(fine)[0].startswith("p99 is ")
    nothing = {**fine, "requests": {**fine["requests"], "due": 0}}
    assert Objective().misses(nothing) == ["no request was sent"]


def test_what_became_slower_is_named() -> None:
    a, b = sample_report(0.020, 0.0), sample_report(0.030, 0.02)
    rows = {row.name: row for row in compare(a, b)}
    assert rows["latency p50"].worse is True and rows["latency p50"].change == pytest.approx(50, abs=5)
    assert rows["failed"].worse is True and rows["failed"].change is None
    assert rows["rate asked for"].worse is None and rows["answered as expected"].worse is None  # 2 % are noise
    assert "p99 of one wine as CSV" in rows and differences(a, b) == []
    assert all(row.worse is False for row in compare(b, a) if row.name.startswith("latency p"))
    other = {**b, "target": {**b["target"], "name": "other"}, "settings": {**b["settings"], "seconds": 60.0}}
    assert differences(a, other) == ["target: slipway-dev-wine and other", "duration: 30 s and 60 s"]


def test_names_in_pages_are_text_not_markup() -> None:
    report = sample_report()
    report["target"]["name"] = "<script>alert(1)</script>"
    report["problems"][0]["problem"] = "</script><img src=x onerror=alert(2)>"
    for page in (report_page(report), compare_page(report, report)):
        assert "<script>alert(1)" not in page and "<img src=x" not in page
    assert report_page(sample_report(interrupted=True)) == report_page(sample_report(interrupted=True))
    assert "no rate meets the objective" in search_page(
        {**sample_search(), "max_rate": 0.0, "limited_by": "nothing meets it", "report": None}
    )


@pytest.mark.parametrize(
    ("arrivals", "said"),
    [
        ({"kind": "constant", "rate": 30.0, "poisson": True}, "30 requests a second, at random"),
        ({"kind": "ramp", "from": 5.0, "to": 60.0, "poisson": False}, "5 to 60 requests a second, evenly spread"),
        ({"kind": "trace", "file": "day.csv", "poisson": False}, "the trace day.csv, evenly spread"),
    ],
)
def test_arrivals_are_said_in_words(arrivals: dict[str, Any], said: str) -> None:
    report = {**sample_report(), "arrivals": arrivals}
    assert "p99 ≤ 100 ms, errors ≤ 0.1 %" in report_page(sample_report(0.001, 0.0))
    assert f"dev: {said}, for 30 s from 2026-01-01 00:00:00 UTC" in report_page(report)
    assert differences(sample_report(), report) == [f"arrivals: 40 requests a second, evenly spread and {said}"]


def test_every_end_of_a_search_has_words() -> None:
    assert set(wording.LIMITED_BY) == set(get_args(LimitedBy))
