"""What every test shares: the provider and browser markers, and the one loud line of each when it had to skip."""

from __future__ import annotations

import os
import re
import signal
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.browser import Browser

ROOT = Path(__file__).resolve().parents[1]
_REASONS = {
    "no AWS provider": "TESTS WITH THE REAL AWS PROVIDER WERE SKIPPED",
    "no browser": "TESTS WITH A REAL BROWSER WERE SKIPPED",
}
"""Beginnings of the reasons that the `provider` and the `browser` marker skip with, and what the loud line says then."""


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update-golden", action="store_true", help="Write the golden files instead of comparing with them.")


def pytest_configure(config: pytest.Config) -> None:
    """Tests never reach an account: whatever credentials the shell has are gone. And Ctrl-C works for what they start.

    A shell's background job ignores SIGINT, and so would every program that a test starts from there and then interrupts.
    """
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    for name in list(os.environ):
        if re.match(r"AWS_|SLIPWAY_(LOCAL|ROOT|ENVIRONMENTS)", name):
            del os.environ[name]
    os.environ["AWS_EC2_METADATA_DISABLED"] = "true"
    os.environ["AWS_CONFIG_FILE"] = os.environ["AWS_SHARED_CREDENTIALS_FILE"] = os.devnull


@pytest.hookimpl(trylast=True)  # after -m has chosen: shares are of what will run
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip what needs the AWS provider or a browser where it can be had nowhere, and say which places were tried."""
    _slow_first(items, int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1")))
    _skip_without(items, "provider", "no AWS provider", _find_provider)
    _skip_without(items, "browser", "no browser", _find_browser)


def _skip_without(items: list[pytest.Item], marker: str, reason: str, find: Callable[[], object]) -> None:
    marked = [item for item in items if item.get_closest_marker(marker)]
    if not marked:
        return
    from slipway.errors import SlipwayError

    try:
        find()
    except SlipwayError as error:
        for item in marked:
            item.add_marker(pytest.mark.skip(reason=f"{reason}: {error.message}"))


def _find_provider() -> None:
    from slipway.terraform.mirror import find_source

    find_source(os.environ, Path.home(), ROOT)


def _find_browser() -> None:
    from tests.chromium import find_chromium

    find_chromium()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A headless Chromium for the module's tests."""
    from tests.browser import headless

    with headless() as found:
        yield found


def _slow_first(items: list[pytest.Item], workers: int) -> None:
    """Each worker begins with its share of the slow tests, the longest first, which mostly wait, and fills up with the others."""
    slow = sorted((item for item in items if item.get_closest_marker("slow")), key=_minutes, reverse=True)
    quick = [item for item in items if not item.get_closest_marker("slow")]
    size = -(-len(items) // workers)
    shares = [slow[number::workers] for number in range(workers)]
    for share in shares:
        share += [quick.pop(0) for _ in range(min(len(quick), size - len(share)))]
    items[:] = [item for share in shares for item in share] + quick


def _minutes(item: pytest.Item) -> float:
    marker = item.get_closest_marker("slow")
    return float(marker.kwargs.get("minutes", 1)) if marker else 0.0


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """The loud lines."""
    reports = [r for r in terminalreporter.stats.get("skipped", []) if isinstance(r.longrepr, tuple)]
    for beginning, text in _REASONS.items():
        reasons = [str(report.longrepr[2]) for report in reports if beginning in str(report.longrepr[2])]
        if reasons:
            terminalreporter.write_line(f"!!! {len(reasons)} {text}: {reasons[0]}", red=True, bold=True)
