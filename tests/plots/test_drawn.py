"""Pages in a real browser: everything drawn, no console error, readable on a phone and in the dark, and it answers the hand."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from slipway.plots.page import Chart, Page, Section, Series, render
from tests.browser import NARROW, WIDE, Browser, Opened
from tests.plots.sample import CHARTS, PAGE, START

pytestmark = pytest.mark.browser
WITH_DATA = len(CHARTS) - 1


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("plots") / "page.html"
    path.write_text(render(PAGE), encoding="utf-8")
    return path


@pytest.fixture
def shown(browser: Browser, file: Path) -> Iterator[Opened]:
    with browser.open(file) as page:
        yield page


@pytest.mark.parametrize("width", [NARROW, WIDE])
@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_every_block_is_drawn_and_readable(browser: Browser, file: Path, width: int, dark: bool) -> None:
    with browser.open(file, width=width, dark=dark) as page:
        assert page.errors == [] and page.requests == []
        assert page.count(".plot[data-drawn]") == WITH_DATA == page.count("canvas")
        assert page.blank_canvases() == 0
        assert page.texts(".empty") == ["no data"]
        assert not page.scrolls_sideways() and page.overflowing() == []
        assert page.faint() == []
        back = page.evaluate("() => getComputedStyle(document.body).backgroundColor")
        assert (back == "rgb(18, 22, 27)") == dark


def test_colours_follow_the_theme_while_the_page_is_open(shown: Opened) -> None:
    picture = "() => document.querySelector('canvas').toDataURL()"
    light = shown.evaluate(picture)
    shown.page.emulate_media(color_scheme="dark")
    shown.page.wait_for_function(f"(light) => ({picture})() !== light", arg=light)
    assert shown.count(".plot[data-drawn]") == WITH_DATA == shown.count("canvas") and shown.errors == []


def test_hovering_shows_values_in_the_legend(shown: Opened) -> None:
    shown.page.locator("#plot-0 .u-over").hover(position={"x": 200, "y": 60})
    time, wine, _ = shown.texts("#plot-0 .u-value")
    assert time.startswith("2023-11-1") and time.endswith(" UTC") and float(wine) > 0


def test_zoom_and_back(shown: Opened) -> None:
    labels = "() => document.querySelector('#plot-0 canvas').toDataURL()"
    before = shown.evaluate(labels)
    before_others = shown.evaluate("() => [...document.querySelectorAll('#plot-1 canvas, #plot-2 canvas')].map((one) => one.toDataURL())")
    box = shown.page.locator("#plot-0 .u-over").bounding_box()
    assert box
    shown.page.mouse.move(box["x"] + 50, box["y"] + 50)
    shown.page.mouse.down()
    shown.page.mouse.move(box["x"] + 150, box["y"] + 50, steps=3)
    shown.page.mouse.up()
    shown.page.mouse.move(5, 5)
    zoomed = shown.evaluate(labels)
    assert zoomed != before
    shown.page.locator("#plot-0 .u-over").dblclick(position={"x": 100, "y": 40})
    shown.page.mouse.move(5, 5)
    shown.page.wait_for_function(f"(before) => ({labels})() === before", arg=before)
    others = shown.evaluate("() => [...document.querySelectorAll('#plot-1 canvas, #plot-2 canvas')].map((one) => one.toDataURL())")
    assert others == before_others, "the other plots over time went along, and came back"


def test_series_are_switched_off_by_keyboard_too(shown: Opened) -> None:
    row = shown.page.locator("#plot-1 .u-legend tr.u-series").nth(1)
    before = shown.evaluate("() => document.querySelector('#plot-1 canvas').toDataURL()")
    row.focus()
    row.press("Enter")
    assert "u-off" in (row.get_attribute("class") or "")
    shown.page.wait_for_function("(before) => document.querySelector('#plot-1 canvas').toDataURL() !== before", arg=before)
    row.press("Enter")
    assert "u-off" not in (row.get_attribute("class") or "") and shown.errors == []


def test_values_open_as_a_table(shown: Opened) -> None:
    shown.page.locator("details.values summary").first.click()
    shown.page.wait_for_selector("details.values .all")
    assert shown.texts("details.values .all thead th") == ["time", "wine", "gaps"]
    first = shown.texts("details.values .all tbody tr:first-child td")
    assert first == ["2023-11-14 22:13:20 UTC", "100", "–"]
    assert shown.count("details.values .all tbody tr") == 180


def test_a_plot_takes_the_width_it_gets(shown: Opened) -> None:
    shown.page.set_viewport_size({"width": 500, "height": 800})
    shown.page.wait_for_function("() => [...document.querySelectorAll('.uplot')].every((one) => one.offsetWidth < 480)")
    assert not shown.scrolls_sideways() and shown.errors == []


def test_the_harness_sees_what_is_wrong(browser: Browser, tmp_path: Path) -> None:
    bad = tmp_path / "bad.html"
    bad.write_text(
        "<body style='background:#fff'><p style='color:#ddd'>faint</p><div style='width:900px'>wide</div><canvas></canvas>"
        "<script>console.error('no'); throw new Error('thrown')</script><img src='missing.png'>"
    )
    with browser.open(bad, width=NARROW) as page:
        assert page.scrolls_sideways() and page.overflowing() and page.faint() and page.blank_canvases() == 1
        assert any("no" in line for line in page.errors) and any("thrown" in line for line in page.errors)
        assert [line.rsplit("/", 1)[1] for line in page.requests] == ["missing.png"]


def test_twenty_thousand_points_are_drawn(browser: Browser, tmp_path: Path) -> None:
    path = tmp_path / "many.html"
    times = [START + i for i in range(20_000)]
    path.write_text(render(Page("many", sections=[Section("", [Chart("x", [Series("x", times, [i % 97 for i in range(20_000)])])])])))
    with browser.open(path) as page:
        assert page.errors == [] and page.blank_canvases() == 0
        assert page.screenshot(tmp_path / "many.png").stat().st_size > 5_000
