"""What ran runs again when the local AWS is started from its journal."""

from __future__ import annotations

from pathlib import Path

import pytest

from slipway.localaws.hosting import containers
from slipway.localaws.server import start
from tests.localaws.ecs.yard import Yard
from tests.localaws.strict import StrictClients


def test_a_service_runs_again_after_a_restart(image: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SLIPWAY_LOCAL_SPEED", "60")
    with start(persist=tmp_path) as first:
        yard = Yard(StrictClients(first.url), first.url, image)
        yard.create(yard.definition(NAME="one"), 1)
        before = yard.balancer["DNSName"]
    assert containers.count() == 0
    with start(persist=tmp_path) as second:
        yard.connect(StrictClients(second.url), second.url)
        yard.until(lambda: yard.health() == ["healthy"])
        assert yard.ask(host=before)[1]["name"] == "one" and yard.service()["runningCount"] == 1
