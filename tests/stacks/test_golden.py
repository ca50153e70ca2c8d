"""Resource addresses of the shipped stacks. A change here destroys and recreates a user's resource: it is a breaking change."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

GOLDEN = Path(__file__).parent / "golden"
LAYERS = {
    "dev": ("state", "shared", "serving"),
    "staging": ("state", "shared", "serving"),
    "prod": ("state", "network", "shared", "serving", "observability"),
}
STACKS = [f"{environment}-{layer}" for environment, layers in LAYERS.items() for layer in layers]


@pytest.mark.parametrize("stack", STACKS)
def test_addresses(stack: str, shipped: dict[str, dict[str, Any]], request: pytest.FixtureRequest) -> None:
    resources = shipped[stack].get("resource", {})
    found = "".join(f"{line}\n" for line in sorted(f"{kind}.{name}" for kind, items in resources.items() for name in items))
    file = GOLDEN / f"{stack}.txt"
    if request.config.getoption("--update-golden"):
        file.write_text(found)
    assert found == file.read_text(), (
        "addresses changed: users' resources would be recreated; if that is meant, --update-golden and UPGRADE"
    )


@pytest.mark.parametrize("stack", STACKS)
def test_outputs(stack: str, shipped: dict[str, dict[str, Any]], request: pytest.FixtureRequest) -> None:
    found = "".join(f"{name}\n" for name in sorted(shipped[stack].get("output", {})))
    file = GOLDEN / f"{stack}.outputs.txt"
    if request.config.getoption("--update-golden"):
        file.write_text(found)
    assert found == file.read_text(), "outputs are read by other stacks and by users"


def test_every_stack_has_its_golden_files(shipped: dict[str, dict[str, Any]]) -> None:
    assert set(STACKS) == set(shipped)


def test_every_output_is_described(shipped: dict[str, dict[str, Any]]) -> None:
    for stack, document in shipped.items():
        for name, output in document.get("output", {}).items():
            assert len(output["description"]) > 10, f"{stack}: {name}"
