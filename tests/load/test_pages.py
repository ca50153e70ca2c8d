"""The pages of reports in a real browser."""

from __future__ import annotations

from pathlib import Path

import pytest

from slipway.load.html import compare_page, report_page, search_page
from tests.browser import NARROW, WIDE, Browser
from tests.load.sample import sample_report, sample_search

pytestmark = pytest.mark.browser
PAGES = {
    "report": (lambda: report_page(sample_report()), 3, ["missed", "1,200", "503"]),
    "search": (lambda: search_page(sample_search()), 4, ["20/s", "doubling", "p99 ≤ 100 ms"]),
    "compare": (lambda: compare_page(sample_report(), sample_report(0.03)), 2, ["latency p99", "+", "A and B"]),
}


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize(("width", "dark"), [(WIDE, False), (NARROW, True)])
def test_everything_is_drawn_and_readable(browser: Browser, tmp_path: Path, name: str, width: int, dark: bool) -> None:
    page_of, charts, says = PAGES[name]
    file = tmp_path / "page.html"
    file.write_text(page_of(), encoding="utf-8")
    with browser.open(file, width=width, dark=dark) as page:
        assert page.errors == [] and page.requests == []
        assert page.count(".plot[data-drawn]") == charts == page.count("canvas")
        assert page.blank_canvases() == 0
        assert not page.scrolls_sideways() and page.overflowing() == [] and page.faint() == []
        shown = " ".join(page.texts("body"))
        assert [part for part in says if part not in shown] == []
