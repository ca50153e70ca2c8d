"""`slipway new environment`: what it writes is valid, keeps what people wrote, and is nothing at all when something is wrong."""

from __future__ import annotations

import json
from datetime import datetime, timezone
from pathlib import Path

import pytest

from slipway.config.load import load_environment
from slipway.config.release import load_lock
from slipway.errors import InputError
from slipway.scaffold.environment import NewEnvironment, expiry, new_environment
from tests.cli.support import Slipway, copy_environments

END = datetime(2026, 12, 1, 8, 30, tzinfo=timezone.utc)


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The shipped environments, and nothing else, as the project of commands."""
    monkeypatch.setenv("SLIPWAY_ROOT", str(tmp_path))
    return copy_environments(tmp_path)


def files(project: Path) -> set[str]:
    return {path.name for path in (project / "environments").iterdir()}


def test_from_nothing(project: Path) -> None:
    before = files(project)
    written = new_environment(project, NewEnvironment("sandbox", account_id="555555555555", region="us-east-1"))
    assert [path.name for path in written] == ["sandbox.yaml", "sandbox.lock.yaml"]
    assert files(project) == before | {"sandbox.yaml", "sandbox.lock.yaml"}
    config = load_environment("sandbox", project)
    assert (config.account_id, config.region) == ("555555555555", "us-east-1")
    assert load_lock("sandbox", project).models == {}


def test_after_another_one_with_its_comments(project: Path) -> None:
    new_environment(project, NewEnvironment("prod-eu", source="prod", account_id="555555555555"))
    text = (project / "environments" / "prod-eu.yaml").read_text()
    assert "# its zones have names, so that nothing moves when AWS adds one" in text
    config, source = load_environment("prod-eu", project), load_environment("prod", project)
    assert config.account_id == "555555555555" and config.is_production
    assert config.endpoints == source.endpoints and config.network == source.network


def test_one_that_expires_can_go_as_a_whole(project: Path) -> None:
    new_environment(project, NewEnvironment("pr-7", source="staging", expires_at=END))
    config = load_environment("pr-7", project)
    assert config.operations is not None and config.operations.expires_at == "2026-12-01T08:30:00Z"
    assert config.state.deletion_protection is False and config.kms.deletion_window_in_days == 7
    storage = config.storage
    assert all(
        bucket.force_destroy
        for bucket in (storage.models, storage.data_capture, storage.async_output, storage.training, storage.access_logs)
    )
    assert all(registry.force_delete for registry in config.registries.values())


def test_the_account_has_one_provider_for_github(project: Path) -> None:
    own = project / "environments" / "dev.yaml"
    own.write_text(own.read_text() + "access:\n  github: { repository: example/models }\n")
    new_environment(project, NewEnvironment("pr-8", source="dev"))
    new_environment(project, NewEnvironment("other", source="dev", account_id="555555555555"))
    found = {name: load_environment(name, project).access.github for name in ("pr-8", "other")}
    assert found["pr-8"] is not None and found["pr-8"].create_provider is False
    assert found["other"] is not None and found["other"].create_provider is True


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        (NewEnvironment("dev", source="staging"), "there already"),
        (NewEnvironment("Dev_2", source="staging"), "cannot be an environment's name"),
        (NewEnvironment("a" * 21, source="staging"), "cannot be an environment's name"),
        (NewEnvironment("new"), "needs an account"),
        (NewEnvironment("new", source="stagin"), "no environment"),
        (NewEnvironment("new", source="prod", expires_at=END), "is production"),
        (NewEnvironment("new", account_id="12"), "account_id"),
        (NewEnvironment("new", source="dev", region="nowhere"), "region"),
    ],
)
def test_what_is_refused_writes_nothing(asked: NewEnvironment, says: str, project: Path) -> None:
    before = files(project)
    with pytest.raises(InputError) as caught:
        new_environment(project, asked)
    assert says in str(caught.value)
    assert files(project) == before


@pytest.mark.parametrize(("said", "hours"), [("8h", 8), ("3d", 72)])
def test_time_to_live(said: str, hours: int) -> None:
    assert (expiry(said, END) - END).total_seconds() == hours * 3600


@pytest.mark.parametrize("said", ["", "3", "0d", "3w", "-1h", "99999d", "1d2h"])
def test_time_to_live_refused(said: str) -> None:
    with pytest.raises(InputError):
        expiry(said, END)


@pytest.mark.usefixtures("project")
def test_the_command(capsys: pytest.CaptureFixture[str]) -> None:
    slipway = Slipway(capsys)
    done = slipway("new", "environment", "sandbox", "--account-id", "555555555555", "--json")
    assert done.code == 0
    assert json.loads(done.out)["files"] == ["environments/sandbox.yaml", "environments/sandbox.lock.yaml"]
    again = slipway("new", "environment", "sandbox", "--account-id", "555555555555")
    assert again.code == 2 and "there already" in again.err
