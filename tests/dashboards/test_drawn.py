"""A deployed dashboard in a real browser: every widget drawn, no console error, readable on a phone and in the dark."""

from __future__ import annotations

from pathlib import Path

import pytest

from slipway.artifacts.account import Account
from slipway.dashboards.render import draw, page
from slipway.plots.page import render
from tests.browser import NARROW, WIDE, Browser
from tests.dashboards.bodies import WIDGETS
from tests.dashboards.conftest import SENT

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def drawn(filled: Account, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("drawn") / "dashboard.html"
    path.write_text(render(page(filled, draw(filled))), encoding="utf-8")
    return path


@pytest.mark.parametrize("width", [NARROW, WIDE])
@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_every_widget_is_drawn(browser: Browser, drawn: Path, width: int, dark: bool) -> None:
    with browser.open(drawn, width=width, dark=dark) as shown:
        assert shown.errors == [] and shown.requests == []
        assert shown.count(".block") == len(WIDGETS)
        graphs = [widget for widget in WIDGETS if widget["type"] == "metric" and "view" not in widget["properties"]]
        assert shown.count(".plot") == len(graphs)
        assert shown.count(".plot[data-drawn]") == len(graphs) - 1 == shown.count("canvas"), "all but the one without data"
        assert shown.blank_canvases() == 0
        titles = set(shown.texts("h3"))
        assert all(
            any(text.startswith(widget["properties"]["title"]) for text in titles) for widget in WIDGETS if widget["type"] == "metric"
        )
        assert not shown.scrolls_sideways() and shown.overflowing() == [] and shown.faint() == []


def test_it_shows_the_sums_that_cloudwatch_has(browser: Browser, drawn: Path) -> None:
    with browser.open(drawn) as shown:
        shown.page.locator("details.values summary").first.click()
        assert shown.texts("#plot-0 ~ details .facts tbody tr td:last-child") == [str(SENT["main"]), str(SENT["canary"])]
        assert shown.texts(".tiles .value")[0] == str(SENT["main"])
        assert shown.texts(".bars td.number") == [str(SENT["main"]), str(SENT["canary"])]
        assert shown.texts(".block.table tbody tr:nth-child(2) td")[:2] == ["does not exist", "shop-dev-wine-errors-gone"]


def test_the_page_is_small(filled: Account) -> None:
    assert len(render(page(filled, draw(filled)))) < 150_000
