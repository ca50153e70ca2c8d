"""Which environments have expired, and what `slipway destroy --expired` does with them."""

from __future__ import annotations

import json
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import pytest

from slipway.deploy import destroy as destroying
from slipway.deploy.expired import expired
from slipway.errors import InputError, SlipwayError
from slipway.scaffold.environment import NewEnvironment, new_environment
from tests.cli.support import Slipway, copy_environments


def at(day: int) -> datetime:
    return datetime(2026, 1, day, 12, tzinfo=timezone.utc)


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SLIPWAY_ROOT", str(tmp_path))
    root = copy_environments(tmp_path)
    for day, name in ((9, "late"), (3, "early"), (5, "middle")):
        new_environment(root, NewEnvironment(name, source="dev", expires_at=at(day)))
    return root


def test_the_oldest_end_comes_first(project: Path) -> None:
    assert expired(project, at(2)) == []
    assert expired(project, at(3)) == ["early"]
    assert expired(project, at(31)) == ["early", "middle", "late"]


def test_production_never_expires(project: Path) -> None:
    path = project / "environments" / "early.yaml"
    path.write_text(path.read_text() + "production: true\n")
    with pytest.raises(InputError, match="nothing in production expires"):
        expired(project, at(4))


def test_one_that_fails_does_not_keep_the_others(
    project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = []

    def run(target: Any, *_: Any) -> list[Any]:
        asked.append(target.name)
        if target.name == "early":
            raise SlipwayError("it hangs")
        return []

    monkeypatch.setattr(destroying, "destroy", run)
    monkeypatch.setattr("slipway.deploy.opening.open_target", lambda name, *_, **__: type("T", (), {"name": name}))
    done = Slipway(capsys)("destroy", "--expired", "--auto-approve", "--json")
    assert asked == ["early", "middle", "late"] and done.code == 1
    assert json.loads(done.out)["failed"] == {"early": "it hangs"}


@pytest.mark.parametrize("arguments", [[], ["dev", "--expired"], ["--expired", "--stack", "serving"]])
def test_usage(arguments: list[str], project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert project.is_dir()
    assert Slipway(capsys)("destroy", *arguments).code == 2
