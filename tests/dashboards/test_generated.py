"""The dashboard that the module generates for every kind of hosting and an API: CloudWatch takes it, and every widget is drawn."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest

from modules._shared.deployed import Deployed, DeployedApi, DeployedEndpoint, DeployedVariant
from modules.dashboard.construct import blocks
from modules.dashboard.layout import body, pages
from modules.dashboard.spec import DashboardSpec
from slipway.artifacts.account import Account
from slipway.dashboards.render import Drawn, draw, page
from slipway.localaws.cloudwatch import metrics
from slipway.localaws.cloudwatch.metrics import Name, Point
from slipway.plots.page import render
from tests.browser import NARROW, Browser

VARIANT = DeployedVariant("main", "ml.g5.xlarge", vcpus=4, gpus=1, count=2, min_capacity=1, max_capacity=4)


@pytest.fixture(scope="module")
def drawn(account: Account) -> Drawn:
    """With a metric every minute for whatever a widget shows."""
    naming = account.naming
    endpoints = [
        DeployedEndpoint(kind, naming.name(kind), kind, (VARIANT,), naming.name(kind, "unhealthy"), (naming.name(kind, "errors"),), True)
        for kind in ("instances", "serverless", "asynchronous")
    ]  # fmt: skip
    api = DeployedApi(naming.name("api"), "dev", naming.name("api"))
    deployed = Deployed(naming, tuple(endpoints), api, lock_table=naming.name("locks"), capture_bucket=naming.bucket("capture"))
    spec = DashboardSpec(period=60, start="-PT1H")
    (content,) = [body(one, spec.start) for one in pages(blocks(deployed, spec))]
    assert (
        account.client("cloudwatch").put_dashboard(DashboardName=naming.name(), DashboardBody=content)["DashboardValidationMessages"] == []
    )
    store, now = metrics.store(naming.account_id, naming.region), time.time()
    rows = [row for widget in json.loads(content)["widgets"] for row in widget["properties"].get("metrics", []) if len(row) > 1]
    for name in {Name.of(row[0], row[1], dict(zip(row[2:-1:2], row[3:-1:2], strict=True))) for row in rows}:
        for minute in range(1, 59):
            store.add(name, Point(now - 60 * minute, 1, minute, minute, minute))
    return draw(account)


def test_every_line_has_data(drawn: Drawn) -> None:
    found = {(widget["title"], line["label"]): line["points"] for widget in drawn.summary() for line in widget["series"]}
    assert len(found) > 60 and all(points > 0 for points in found.values()), found


@pytest.mark.browser
def test_every_widget_is_drawn(drawn: Drawn, account: Account, browser: Browser, tmp_path: Path) -> None:
    file = tmp_path / "dashboard.html"
    file.write_text(render(page(account, drawn)), encoding="utf-8")
    graphs = [widget for widget in drawn.dashboards[0].widgets if widget.kind == "metric"]
    with browser.open(file, width=NARROW, dark=True) as shown:
        assert shown.errors == [] and shown.requests == []
        assert shown.count(".plot[data-drawn]") + shown.count(".bars") + shown.count(".tiles") == len(graphs) > 40
        assert shown.texts(".empty") == [] and shown.blank_canvases() == 0
        assert not shown.scrolls_sideways() and shown.overflowing() == [] and shown.faint() == []
