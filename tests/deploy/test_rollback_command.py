"""`slipway rollback` and `slipway revisions` as a user runs them, on small stacks that follow their environment's file."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from slipway.deploy.apply import apply_stack
from slipway.deploy.target import Target

ROOT = Path(__file__).resolve().parents[2]

# What `environments/dev.yaml` says is the one thing that the shared stack has.
_PROGRAM = """
import json, sys
import slipway.cli.cmd_revisions as revisions
import slipway.deploy.opening as opening
from slipway.cli.app import main
from slipway.deploy.recording import ledger
from slipway.deploy.target import Target
from slipway.project import project_root
from tests.deploy.support import Config, rewrite

url = sys.argv.pop(1)

def open_target(name, root, reporter, **_):
    target = Target(name, Config(), root, root / "cdktf.out", url, reporter)
    rewrite(target, "dev-shared", a={"triggers_replace": (root / "environments" / "dev.yaml").read_text()})
    return target

opening.open_target = open_target
revisions.open_ledger = lambda env, local: (None, ledger(open_target(env, project_root(), None)))
main()
"""


@pytest.fixture
def slipway(make_target: Callable[..., Target]) -> Callable[..., subprocess.CompletedProcess[str]]:
    target = make_target({"state": {"s": {}}, "shared": {}})
    apply_stack(target, "dev-state", lambda _review: True)
    (target.root / "environments").mkdir()

    def run(*arguments: str, configured: str = "") -> subprocess.CompletedProcess[str]:
        if configured:
            (target.root / "environments" / "dev.yaml").write_text(configured)
        environ = {**os.environ, "SLIPWAY_ROOT": str(target.root), "PYTHONPATH": str(ROOT)}
        command = [sys.executable, "-c", _PROGRAM, str(target.url), *arguments]
        return subprocess.run(
            command, cwd=ROOT, env=environ, capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=120, check=False
        )

    run.root = target.root  # type: ignore[attr-defined]
    return run


def test_rollback_brings_back_files_and_stacks(slipway: Callable[..., subprocess.CompletedProcess[str]]) -> None:
    assert "no deploy is recorded" in slipway("revisions", "dev", configured="one").stdout
    for configured in ("one", "two"):
        done = slipway("deploy", "dev", "--auto-approve", configured=configured)
        assert done.returncode == 0, done.stderr
    listed = slipway("revisions", "dev")
    assert listed.returncode == 0 and listed.stdout.count("succeeded") == 2, listed.stdout + listed.stderr
    back = slipway("rollback", "dev", "--auto-approve", "--json")
    assert back.returncode == 0, back.stderr
    document = json.loads(back.stdout)
    assert document["revision"] == 1 and document["files"] == ["environments/dev.yaml"]
    assert {entry["stack"]: entry["applied"] for entry in document["stacks"]}["dev-shared"] is True
    root: Path = slipway.root  # type: ignore[attr-defined]
    assert (root / "environments" / "dev.yaml").read_text() == "one"
    assert (root / ".slipway" / "dev" / "before-rollback" / "dev.yaml").read_text() == "two"
    newest = json.loads(slipway("revisions", "dev", "--limit", "1", "--json").stdout)["revisions"]
    assert [(one["revision"], one["rollback_to"]) for one in newest] == [(3, 1)]
    refused = slipway("rollback", "dev", "--to", "9", "--auto-approve")
    assert refused.returncode == 2 and "no revision 9" in refused.stderr
    assert slipway("rollback", "dev").returncode == 2
