"""`slipway cost` on the shipped environments."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.support import ROOT, Slipway

PRICES = """
version: 1
currency: EUR
region: eu-west-1
date: 2026-11-01
source: our contract
prices: { hosting/ml.m5.large: 0.5, vpc_endpoint: 0.01 }
"""


@pytest.fixture
def slipway(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Slipway:
    monkeypatch.setenv("SLIPWAY_ROOT", str(ROOT))
    return Slipway(capsys)


def test_amounts_money_and_what_has_no_price(slipway: Slipway, tmp_path: Path) -> None:
    (tmp_path / "p.yaml").write_text(PRICES)
    done = slipway("cost", "prod", "--prices", str(tmp_path / "p.yaml"), "--json")
    (report,) = json.loads(done.out)["reports"]
    lines = {line["where"]: line for line in report["lines"]}
    wine = lines["slipway-prod-wine/main"]
    assert (wine["minimum"], wine["maximum"], wine["minimum_cost"], wine["maximum_cost"]) == (1460.0, 7300.0, 730.0, 3650.0)
    endpoints = sum(line["minimum_cost"] for line in report["lines"] if line["meter"] == "vpc_endpoint")
    assert report["month"] == {"minimum": round(730 + endpoints, 4), "maximum": round(3650 + endpoints, 4)}
    assert report["without_price"] == {"kms_key": "not supplied"} and report["prices"] == "our contract, 2026-11-01"


def test_two_environments_and_a_plan(slipway: Slipway, tmp_path: Path) -> None:
    done = slipway("cost", "dev", "--diff", "prod")
    assert done.code == 0 and "dev: a month of 730 hours" in done.out and "without a price: hosting/" in done.out
    (row,) = [line for line in done.out.splitlines() if line.startswith("│ wine/main") and "hosting/ml.m5.large" in line]
    assert "1,460 to 7,300" in row
    values = {"name": "lb"}
    change = {"type": "aws_lb", "address": "aws_lb.x", "mode": "managed", "change": {"before": values, "after": None}}
    (tmp_path / "plan.json").write_text(json.dumps({"resource_changes": [change]}))
    found = json.loads(slipway("cost", "dev", "--diff", str(tmp_path / "plan.json"), "--json").out)
    assert [report["name"] for report in found["reports"]] == ["before", "after"]
    assert found["differences"][0]["before"] == [730.0, 730.0] and found["differences"][0]["after"] == [0.0, 0.0]


def test_what_is_refused(slipway: Slipway, tmp_path: Path) -> None:
    for arguments, said in (
        (("--diff", "nowhere"), "neither an environment nor a file"),
        (("--prices", str(tmp_path / "none.yaml")), "No such file"),
        (("--prices", "x", "--price-list"), "two sources of prices"),
    ):
        done = slipway("cost", "dev", *arguments)
        assert done.code == 2 and said in done.err
