"""What every test shares: the provider marker, and the one loud line when it had to skip."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
_REASON = "no AWS provider"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update-golden", action="store_true", help="Write the golden files instead of comparing with them.")


def pytest_configure(config: pytest.Config) -> None:
    """Tests never reach an account: whatever credentials the shell has are gone."""
    for name in list(os.environ):
        if re.match(r"AWS_|SLIPWAY_(LOCAL|ROOT|ENVIRONMENTS)", name):
            del os.environ[name]
    os.environ["AWS_EC2_METADATA_DISABLED"] = "true"
    os.environ["AWS_CONFIG_FILE"] = os.environ["AWS_SHARED_CREDENTIALS_FILE"] = os.devnull


@pytest.hookimpl(trylast=True)  # after -m has chosen: shares are of what will run
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip what needs the AWS provider where it can be had nowhere, and say which places were tried."""
    _slow_first(items, int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1")))
    marked = [item for item in items if item.get_closest_marker("provider")]
    if not marked:
        return
    from slipway.errors import SlipwayError
    from slipway.terraform.mirror import find_source

    try:
        find_source(os.environ, Path.home(), ROOT)
    except SlipwayError as error:
        for item in marked:
            item.add_marker(pytest.mark.skip(reason=f"{_REASON}: {error.message}"))


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
    """The loud line."""
    skipped = [r for r in terminalreporter.stats.get("skipped", []) if isinstance(r.longrepr, tuple) and _REASON in str(r.longrepr[2])]
    if skipped:
        reason = str(skipped[0].longrepr[2])
        terminalreporter.write_line(f"!!! {len(skipped)} TESTS WITH THE REAL AWS PROVIDER WERE SKIPPED: {reason}", red=True, bold=True)
