"""Pages in a real headless browser: open one at a width and in a theme, and ask what is there.

Tests use the fixture `browser` (one per module; `pytestmark = pytest.mark.browser`), scripts `with headless() as browser:`.
While a browser is open its thread has a running asyncio loop: `asyncio.run` of one's own belongs into other modules.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser as _Browser
from playwright.sync_api import Page as _Page
from playwright.sync_api import sync_playwright

from tests.chromium import find_chromium

NARROW, WIDE = 400, 1280
"""Widths in CSS pixels: a phone's, and a window's."""
_OVERFLOWING = """() => [...document.querySelectorAll('body *')]
  .filter((one) => !one.closest('.scroll, .all, pre, svg, .u-over, .u-under, .u-axis') && one.getClientRects().length
    && one.getBoundingClientRect().right > document.documentElement.clientWidth + 1)
  .map((one) => one.tagName + '.' + one.className)"""
_BLANK = """() => [...document.querySelectorAll('canvas')].filter((one) => {
  const pixels = one.getContext('2d').getImageData(0, 0, one.width, one.height).data;
  return !pixels.some((value, at) => at % 4 === 3 && value);
}).length"""
_FAINT = """() => {
  const light = (rgb) => { const [r, g, b] = rgb.map((v) => { v /= 255; return v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4; });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b; };
  const parse = (text) => (text.match(/[\\d.]+/g) || []).map(Number);
  const back = (one) => { for (; one; one = one.parentElement) { const found = parse(getComputedStyle(one).backgroundColor);
    if (found.length === 3 || found[3] > 0.99) return found.slice(0, 3); } return [255, 255, 255]; };
  return [...document.querySelectorAll('h1,h2,h3,p,td,th,span,li,a,summary,footer')]
    .filter((one) => one.getClientRects().length && [...one.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim()))
    .map((one) => { const a = light(parse(getComputedStyle(one).color).slice(0, 3)), b = light(back(one));
      return [(Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05), one.textContent.trim().slice(0, 40)]; })
    .filter(([contrast]) => contrast < 4.5);
}"""


@dataclass
class Opened:
    """A page that has been loaded. `errors`: what went to the console as error or warning, and what was thrown or blocked."""

    page: _Page
    errors: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)
    """Everything that was asked for besides the page itself and `data:`."""

    def evaluate(self, script: str) -> Any:
        """The value of a JavaScript expression or function in the page."""
        return self.page.evaluate(script)

    def texts(self, selector: str) -> list[str]:
        """The text of all elements of a CSS selector, as it is shown."""
        return [text.strip() for text in self.page.locator(selector).all_inner_texts()]

    def count(self, selector: str) -> int:
        """How many elements a CSS selector has."""
        return self.page.locator(selector).count()

    def scrolls_sideways(self) -> bool:
        """Whether the page is wider than its window."""
        return bool(self.evaluate("() => document.documentElement.scrollWidth > document.documentElement.clientWidth"))

    def overflowing(self) -> list[str]:
        """Elements that reach beyond the right edge, but those in boxes that scroll by themselves."""
        found: list[str] = self.evaluate(_OVERFLOWING)
        return found

    def faint(self) -> list[Any]:
        """Texts with less contrast to their background than 4.5:1, which WCAG AA asks for: [contrast, text]."""
        found: list[Any] = self.evaluate(_FAINT)
        return found

    def blank_canvases(self) -> int:
        """Canvases in which nothing is painted."""
        return int(self.evaluate(_BLANK))

    def screenshot(self, path: Path, *, full_page: bool = True) -> Path:
        """A PNG of the page."""
        self.page.screenshot(path=path, full_page=full_page, animations="disabled")
        return path


@dataclass
class Browser:
    """A headless Chromium."""

    running: _Browser

    @contextmanager
    def open(self, page: Path | str, *, width: int = WIDE, height: int = 900, dark: bool = False, scale: float = 1) -> Iterator[Opened]:
        """Load a file, or an address, in a window of this size (CSS pixels), theme and pixel ratio; it is closed afterwards."""
        context = self.running.new_context(
            viewport={"width": width, "height": height}, color_scheme="dark" if dark else "light", device_scale_factor=scale
        )
        shown = Opened(context.new_page())
        shown.page.on("console", lambda line: shown.errors.append(line.text) if line.type in ("error", "warning") else None)
        shown.page.on("pageerror", lambda error: shown.errors.append(str(error)))
        shown.page.on("requestfailed", lambda request: shown.errors.append(f"{request.url}: {request.failure}"))
        address = page if isinstance(page, str) else page.resolve().as_uri()
        shown.page.on("request", lambda one: shown.requests.append(one.url) if one.url != address and one.url[:5] != "data:" else None)
        try:
            shown.page.goto(address)
            shown.page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
            yield shown
        finally:
            context.close()


@contextmanager
def headless() -> Iterator[Browser]:
    """A browser for the time of the block. SlipwayError where no Chromium can be had."""
    chromium = find_chromium()
    with sync_playwright() as playwright:
        # Only pages that we made are opened, and the sandbox needs rights that containers and root do not have.
        running = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--force-color-profile=srgb"])
        try:
            yield Browser(running)
        finally:
            running.close()
