"""`slipway release` and `slipway promote` as processes: output, exit codes, help."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from slipway.artifacts.account import Account

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def slipway(root: Path, url: str, account: Callable[[str], Account]) -> Callable[..., subprocess.CompletedProcess[str]]:
    account("dev")
    account("staging")

    def run(*arguments: object) -> subprocess.CompletedProcess[str]:
        env = {**os.environ, "SLIPWAY_ROOT": str(root), "SLIPWAY_LOCAL": url, "PYTHONPATH": str(ROOT), "COLUMNS": "160"}
        command = [sys.executable, "-m", "slipway", *map(str, arguments)]
        return subprocess.run(command, cwd=root, env=env, capture_output=True, text=True, check=False)

    return run


def test_release_then_promote(slipway: Callable[..., subprocess.CompletedProcess[str]], root: Path, model: Path, image: Path) -> None:
    done = slipway("release", "dev", "wine", "--source", model, "--image", image, "--local", "--json")
    assert done.returncode == 0, done.stderr
    released = json.loads(done.stdout)
    assert released["lock_changed"] and released["environment"] == "dev"
    assert "verified" in done.stderr
    table = slipway("release", "dev", "wine", "--source", model, "--local")
    assert table.returncode == 0
    assert released["models"]["wine"]["artifact"]["sha256"][:12] in table.stdout
    assert "unchanged" in table.stdout
    unproven = slipway("promote", "dev", "staging", "wine", "--local")
    assert unproven.returncode == 1 and "no deploy of dev is recorded" in unproven.stderr
    promoted = slipway("promote", "dev", "staging", "wine", "--unproven", "--local", "--json")
    assert promoted.returncode == 0, promoted.stderr
    assert json.loads(promoted.stdout)["models"]["wine"]["image"]["digest"] == released["models"]["wine"]["image"]["digest"]
    assert (root / "environments" / "staging.lock.yaml").exists()


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (["release", "nowhere", "--local"], 2, "no environment"),
        (["release", "dev", "beer", "--local"], 2, "no model 'beer'"),
        (["release", "dev", "wine", "--local"], 2, "no released image yet"),
        (["release", "dev", "weights", "--image", "v1", "--local"], 1, "no image v1"),
        (["promote", "dev", "dev", "--local"], 2, "same environment"),
        (["promote", "dev", "staging", "--local"], 2, "is not released in dev"),
        (["promote", "dev"], 2, "TARGET"),
        (["release", "dev", "weights", "--image", "v1"], 1, "cannot sign in to account 111111111111"),
    ],
)
def test_errors(slipway: Callable[..., subprocess.CompletedProcess[str]], arguments: list[str], code: int, says: str) -> None:
    done = slipway(*arguments)
    assert (done.returncode, done.stdout) == (code, "")
    assert says in done.stderr
    assert "Traceback" not in done.stderr


def test_help_loads_nothing_heavy() -> None:
    code = (
        "import sys; from slipway.cli import cmd_release, cmd_promote\n"
        "heavy = {'boto3', 'botocore', 'pydantic', 'jsii', 'cdktf', 'sklearn'} & set(sys.modules); sys.exit(str(heavy) if heavy else 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
