"""`slipway local up|down|status`: a process of its own."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from tests.localaws.strict import StrictClients

ROOT = Path(__file__).resolve().parents[2]


class Cli:
    """The command line in a folder of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __call__(self, *arguments: str, code: int = 0) -> Any:
        command = [sys.executable, "-m", "slipway", "local", *arguments, "--json"]
        environ = {**os.environ, "PYTHONPATH": str(ROOT)}
        done = subprocess.run(command, cwd=self.folder, env=environ, capture_output=True, text=True, timeout=90, check=False)
        assert done.returncode == code, done.stdout + done.stderr
        return json.loads(done.stdout)


@pytest.fixture
def cli(tmp_path: Path) -> Iterator[Cli]:
    (tmp_path / "environments").mkdir()
    cli = Cli(tmp_path)
    yield cli
    cli("down")


def test_up_twice_status_and_down(cli: Cli) -> None:
    first, second = cli("up"), cli("up")
    assert first["started"] and not second["started"] and first["pid"] == second["pid"]
    assert json.loads((cli.folder / ".slipway" / "local" / "server.json").read_text())["url"] == first["url"]
    exports = first["exports"]
    assert exports["AWS_ENDPOINT_URL"] == exports["SLIPWAY_LOCAL"] == first["url"] and len(exports["AWS_ACCESS_KEY_ID"]) == 12
    StrictClients(first["url"])("sns", "333333333333").create_topic(Name="t")
    status = cli("status")
    assert status["running"] and status["pid"] == first["pid"] and status["uptime_in_seconds"] > 0 and "sagemaker" in status["services"]
    assert status["accounts"]["333333333333"]["services"]["sns"] == {"topics": 1}
    assert cli("down") == {"stopped": True}
    assert cli("status") == {"running": False}
    assert cli("down") == {"stopped": False}


def test_two_ups_at_once_start_one(cli: Cli) -> None:
    with ThreadPoolExecutor(2) as pool:
        results = list(pool.map(lambda _: cli("up"), range(2)))
    assert len({result["pid"] for result in results}) == 1
    assert sorted(result["started"] for result in results) == [False, True]


def test_a_dead_server_is_replaced(cli: Cli) -> None:
    first = cli("up")
    os.kill(first["pid"], signal.SIGKILL)
    assert cli("status") == {"running": False}
    assert not (cli.folder / ".slipway" / "local" / "server.json").exists()
    assert cli("up")["pid"] != first["pid"]


def test_a_running_server_is_not_taken_for_another(cli: Cli) -> None:
    first = cli("up")
    error = cli("up", "--port", "1", code=2)["error"]
    assert first["url"] in error["message"] and "slipway local down" in error["fix"]
    assert "--persist" in cli("up", "--persist", "state", code=2)["error"]["message"]
    assert "at speed 30" in cli("up", "--speed", "30", code=2)["error"]["message"]


def test_how_fast_waits_pass(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SLIPWAY_LOCAL_SPEED", "fast")
    assert "'fast' is not a number between 0.1 and 3600" in cli("up", code=2)["error"]["message"]
    cli("up", "--speed", "30")
    monkeypatch.delenv("SLIPWAY_LOCAL_SPEED")
    assert cli("status")["speed"] == 30 and not cli("up")["started"]


def test_a_port_that_is_taken_is_said(cli: Cli, server: Any) -> None:
    error = cli("up", "--port", str(server.port), code=1)["error"]
    assert "did not start" in error["message"] and "cannot listen" in error["message"]


def test_state_is_kept_where_it_is_asked_for(cli: Cli) -> None:
    first = cli("up", "--persist", "state")
    StrictClients(first["url"])("ssm").put_parameter(Name="/a", Value="1", Type="String")
    os.kill(first["pid"], signal.SIGKILL)
    second = cli("up", "--persist", "state")
    assert StrictClients(second["url"])("ssm").get_parameter(Name="/a")["Parameter"]["Value"] == "1"
