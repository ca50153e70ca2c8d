"""A load test in the terminal, while it runs and after."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from slipway.cli import load_view
from slipway.cli.load_view import Live, compare_view, progress_line, report_view
from slipway.load.compare import compare, differences
from slipway.load.run import Progress
from slipway.load.tally import Second
from tests.load.sample import sample_report


def progress() -> Progress:
    made = Progress(60.0, 20.0)
    made.counts.outcomes.update({"ok": 395, "refused": 5})
    for second in range(20):
        made.seconds_of[second] = Second()
        made.seconds_of[second].buckets[5000 if second < 15 else 80_000] = 20
    return made


def test_what_is_told_while_it_runs() -> None:
    told = progress_line(progress())
    assert told == "400 requests, 395 ok, 5 failed, 19.8/s, last 5 s: p50 80.0 ms p99 80.0 ms"
    assert progress_line(Progress(60.0)).endswith("last 5 s: nothing timed")


def test_a_terminal_shows_all_of_it_in_its_width(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = io.StringIO()
    monkeypatch.setattr(load_view, "stderr", lambda: Console(file=screen, force_terminal=True, width=80, markup=False, soft_wrap=True))
    with Live("slipway-dev-wine") as live:
        live(progress())
    assert "━━━━━━━━╌╌╌╌" in screen.getvalue() and "20 of 60 s" in screen.getvalue()
    assert "last 5 s: p50 80.0 ms p99 80.0 ms" in screen.getvalue()


def test_the_report_says_what_went_wrong() -> None:
    page = io.StringIO()
    report_view(Console(file=page, width=200, markup=False, soft_wrap=True), sample_report())
    text = page.getvalue()
    assert "times, one wine as JSON: status: expected 200, got 503" in text and "refused; " in text
    assert "objective missed: " in text and "1200 requests sent, 1182 answered as expected, 18 refused" in text


def test_a_comparison_in_the_terminal() -> None:
    page = io.StringIO()
    a, b = sample_report(), sample_report(0.030)
    compare_view(Console(file=page, width=200, markup=False, soft_wrap=True), compare(a, b), differences(a, b))
    text = page.getvalue()
    assert "40/s" in text and "20.047 ms" in text and "+50.0 %" in text and "the tests differ" not in text
