"""The testers' dashboard: rows made from the case file, metrics that somebody publishes, a body that CloudWatch takes."""

from __future__ import annotations

import json
from typing import Any

import pytest

from modules._shared.published_metrics import unpublished
from modules.load_test.widgets import dashboard_body
from slipway.dashboards.checks import problems


def widgets(cases: list[str]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(dashboard_body("eu-west-1", "test", "wine", cases, "slipway-test-load-test"))["widgets"]
    return found


def test_the_dashboard_has_widgets_for_every_case_of_the_file() -> None:
    titles = [item["properties"].get("title") for item in widgets(["first", "second", "third"])]
    assert titles[1:3] == ["All cases: response time", "All cases: requests"]
    assert [title for title in titles[5:]] == [
        f"{name}: {what}" for name in ("first", "second", "third") for what in ("response time", "requests")
    ]


def test_cloudwatch_takes_the_body() -> None:
    assert problems(dashboard_body("eu-west-1", "test", "wine", ["first", "second"], "f")) == []


def test_no_widget_lies_on_another() -> None:
    places = [
        {(x, y) for x in range(item["x"], item["x"] + item["width"]) for y in range(item["y"], item["y"] + item["height"])}
        for item in widgets(["first", "second"])
    ]
    assert sum(map(len, places)) == len(set().union(*places))
    assert max(x for place in places for x, _ in place) == 23


def test_every_metric_of_the_dashboard_is_published() -> None:
    for widget in widgets(["first"]):
        for metric in widget["properties"].get("metrics", []):
            if isinstance(metric[0], str):
                names = [part for part in metric[2:] if isinstance(part, str)][::2]
                assert unpublished(metric[0], metric[1], names) is None


def test_more_cases_than_a_dashboard_holds_are_refused() -> None:
    assert len(widgets([str(number) for number in range(247)])) <= 500
    with pytest.raises(ValueError, match="248 cases make more than the 500 widgets of a dashboard"):
        widgets([str(number) for number in range(248)])
