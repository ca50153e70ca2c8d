"""Warnings about alarms that nobody hears."""

from __future__ import annotations

from pathlib import Path

import pytest

from slipway.config.lint import lint
from slipway.config.load import load_environment
from tests.config.support import HEADER, project

ONE = "notifications: { critical: { email: [now@example.com] } }\n"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", []),
        ("notifications: {}\n", ["notifications.critical", "notifications.warning"]),
        (ONE, ["notifications.warning"]),
        ('notifications: { critical: { https: [{ endpoint: "https://a.example.com" }] }, warning: { email: [a@b.de] } }\n', []),
    ],
)
def test_a_topic_without_a_subscription(text: str, expected: list[str], tmp_path: Path) -> None:
    config = load_environment("dev", project(tmp_path, dev=HEADER + text))
    config = getattr(config, "config", config)
    found = [".".join(map(str, finding.path)) for finding in lint(config) if finding.path[0] == "notifications"]
    assert found == expected
