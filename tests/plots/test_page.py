"""The document: self-contained, escaped, the same bytes each time; vendored files as they were published."""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path

import pytest

import slipway.plots
from slipway.plots.chart import chart_data
from slipway.plots.markdown import to_html
from slipway.plots.numbers import number, with_unit
from slipway.plots.page import Chart, Page, Section, Series, Table, Text, Tiles, render
from tests.plots.sample import CHARTS, PAGE, START

VENDOR = Path(slipway.plots.__file__).parent / "vendor"


def test_the_vendored_files_are_those_that_were_published() -> None:
    listed = dict(reversed(line.split()) for line in (VENDOR / "SHA256SUMS").read_text().splitlines())
    assert set(listed) == {"uPlot.iife.min.js", "uPlot.min.css"}
    assert {name: hashlib.sha256((VENDOR / name).read_bytes()).hexdigest() for name in listed} == listed
    version = re.search(r"# uPlot (\S+)", (VENDOR / "README.md").read_text())
    assert version and f"(v{version[1]})" in (VENDOR / "uPlot.iife.min.js").read_text()[:200]
    assert "MIT" in (VENDOR / "LICENSE").read_text()


def test_the_same_page_is_the_same_bytes_and_loads_nothing() -> None:
    html = render(PAGE)
    assert html == render(PAGE)
    assert not re.search(r"""(src|href)\s*=\s*["'](?!data:|https://aws\.amazon\.com)|@import|url\(""", html)
    assert "default-src 'none'" in html
    assert len(html.encode()) < 120_000


def test_text_is_never_markup() -> None:
    html = render(PAGE)
    assert "of a page &lt;b&gt;" in html and "b &lt;script&gt;" in html and "plain &lt;text&gt;" in html
    evil = Chart("</script><script>alert(1)</script>", [Series("</script>", [1], [1])])
    assert "</script><script>alert" not in render(Page("x", sections=[Section("", [evil])]))
    assert "javascript:" not in to_html("[x](javascript:alert(1))").replace("[x](javascript", "")


def test_a_page_without_charts_has_no_script() -> None:
    html = render(Page("words", sections=[Section("", [Text("a\n\nb"), Table("", ["x"], [[1]]), Tiles([("a", "1")])])]))
    assert "<script" not in html and "script-src 'none'" in html
    assert "<p>a</p><p>b</p>" in html


def test_data_holds_equal_times_once_and_no_defaults() -> None:
    data = chart_data(CHARTS[0])
    assert len(data["xs"]) == 1 and [one["x"] for one in data["series"]] == [0, 0]
    assert data["thresholds"] == [{"value": 140, "label": "too many", "fill": "above"}]
    assert data["markers"] == [{"x": START + 4000, "label": "deployed"}]
    assert "stacked" not in data and "color" not in data["series"][0]
    assert json.dumps(chart_data(Chart("", [Series("", [1], [float("nan")])]))["series"]).count("null") == 1


def test_facts_of_each_series_stand_in_a_table() -> None:
    counts = Chart("", [Series("n", [1, 2, 3], [10_000, None, 2_345])], sums=True)
    html = render(Page("x", sections=[Section("", [counts])]))
    cells = re.search(r'<th scope="row">n</th>(.*?)</tr>', html)
    assert cells and re.findall("<td>(.*?)</td>", cells[1]) == ["2", "2345", "6172", "10k", "2345", "12,345"]


def test_a_series_has_as_many_x_as_y() -> None:
    with pytest.raises(ValueError, match="series n: 1 x and 2 y"):
        Series("n", [1], [1, 2])


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "–"),
        (float("inf"), "–"),
        (0, "0"),
        (0.000123456, "0.0001235"),
        (9999, "9999"),
        (12_345, "12.35k"),
        (-2.5e6, "-2.5M"),
        (3e9, "3G"),
        (1e15, "1000T"),
    ],
)
def test_numbers(value: float | None, text: str) -> None:
    assert number(value) == text


def test_units() -> None:
    assert [with_unit(5, "ms"), with_unit(5, "%"), with_unit(None, "ms"), with_unit(5, "")] == ["5 ms", "5%", "–", "5"]


def test_markdown() -> None:
    html = to_html("# A\ntext *it* and\nmore\n\n1. x\n2. y\n\n---\n```\n<code>\n```\n")
    assert html == "<h2>A</h2><p>text <em>it</em> and more</p><ol><li>x</li><li>y</li></ol><hr><pre>&lt;code&gt;</pre>"
