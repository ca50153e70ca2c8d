"""Takes the pictures of the README: `make demo-full`, then `python -m docs.pictures.take`.

They show the pages that the demo has kept below `.slipway/demo-full/reports/`, in the browser that the tests use.
"""

from __future__ import annotations

from pathlib import Path

from slipway.demo.full import FULL
from tests.browser import Opened, headless

ROOT = Path(__file__).resolve().parents[2]
REPORTS = ROOT / FULL.folder / "reports"
WIDTH, HEIGHT = 1180, 760
_TO_HEADING = """(title) => {
  const found = [...document.querySelectorAll('h2, h3')].find((one) => one.textContent.trim().startsWith(title));
  if (!found) throw new Error('no heading ' + title);
  window.scrollTo(0, found.getBoundingClientRect().top + window.scrollY - 12);
}"""


def main() -> None:
    """Both pages in the light theme, and the dashboard in the dark one at a phone's width."""
    with headless() as browser:
        with browser.open(REPORTS / "dashboard.html", width=WIDTH, height=HEIGHT) as page:
            take(page, "dashboard.png", "Endpoint wine")
        with browser.open(REPORTS / "dashboard.html", width=400, height=HEIGHT, dark=True) as page:
            take(page, "dashboard-narrow.png", "Endpoint wine")
        with browser.open(REPORTS / "load.html", width=WIDTH, height=HEIGHT) as page:
            take(page, "load.png")


def take(page: Opened, name: str, heading: str = "") -> None:
    """One window of a page, from a heading on when one is named, into the folder of this file."""
    if heading:
        page.page.evaluate(_TO_HEADING, heading)
    print(page.screenshot(Path(__file__).parent / name, full_page=False))


if __name__ == "__main__":
    main()
