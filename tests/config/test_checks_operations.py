"""What the operations block may say about the rest of an environment."""

from __future__ import annotations

from typing import Any

import pytest

from slipway.config.checks_operations import operations_references
from tests.config.full_operations import operations

ENDPOINTS = {
    "wine": {"hosting": {"kind": "instances"}},
    "small": {"hosting": {"kind": "lambda"}},
    "files": {"hosting": {"kind": "batch_transform"}},
}


def found(block: Any, name: str = "dev", **more: Any) -> list[str]:
    data = {"name": name, "operations": block, "endpoints": ENDPOINTS, **more}
    return [f"{'.'.join(map(str, finding.path))}: {finding.text}" for finding in operations_references(data)]


def test_a_block_that_fits_has_no_findings() -> None:
    assert found(operations()) == []
    assert found(None) == []


@pytest.mark.parametrize(("name", "production"), [("prod", None), ("prod-eu", None), ("live", True)])
def test_production_neither_sleeps_nor_expires(name: str, production: bool | None) -> None:
    texts = found(operations(), name, production=production)
    assert [text.partition(":")[0] for text in texts] == [
        "operations.working_hours",
        "operations.expires_at",
        "operations.endpoint_expires_at",
    ]
    assert "nothing in production stops at night" in texts[0]
    kept = {key: value for key, value in operations().items() if key in ("budget", "idle_report")}
    assert found(kept, name, production=production) == []


@pytest.mark.parametrize(
    ("endpoint", "text"),
    [
        ("wien", "unknown endpoint 'wien', did you mean wine"),
        ("small", "hosted by lambda: it costs nothing"),
        ("files", "hosted by batch_transform: it costs nothing"),
    ],
)
def test_what_is_named_must_exist_and_cost_something(endpoint: str, text: str) -> None:
    hours = {**operations()["working_hours"], "endpoints": [endpoint]}
    (first,) = found({"working_hours": hours})
    assert first.startswith("operations.working_hours.endpoints.0: ")
    assert text.split(",", maxsplit=1)[0] in first
    (second,) = found({"endpoint_expires_at": {endpoint: "2036-01-01T00:00:00Z"}})
    assert second.startswith(f"operations.endpoint_expires_at.{endpoint}: ")


@pytest.mark.parametrize("block", ["text", [], {"working_hours": 3}, {"working_hours": {"endpoints": [3]}}, {"endpoint_expires_at": []}])
def test_malformed_parts_are_left_to_the_schema(block: Any) -> None:
    assert found(block) == []
