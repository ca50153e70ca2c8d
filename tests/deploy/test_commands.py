"""`plan`, `deploy`, `destroy`, `bootstrap` and `outputs` as a user runs them; no call leaves this machine."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from slipway.deploy.deploy import Options, deploy
from slipway.deploy.target import Target
from tests.deploy.support import rewrite

ROOT = Path(__file__).resolve().parents[2]
YES = lambda _review: True  # noqa: E731

# The commands, with small stacks in place of the synthesized ones.
_PROGRAM = """
import sys
import slipway.deploy.opening as opening
from slipway.cli.app import main
from slipway.deploy.target import Target
from tests.deploy.support import Config

url = sys.argv.pop(1)
opening.open_target = lambda name, root, reporter, **_: Target(name, Config(), root, root / "cdktf.out", url, reporter)
main()
"""


def run(target: Target, *arguments: str) -> subprocess.CompletedProcess[str]:
    environ = {**os.environ, "SLIPWAY_ROOT": str(target.root), "PYTHONPATH": str(ROOT)}
    (target.root / "environments").mkdir(exist_ok=True)
    command = [sys.executable, "-c", _PROGRAM, str(target.url), *arguments]
    return subprocess.run(
        command, cwd=ROOT, env=environ, capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=120, check=False
    )


@pytest.fixture
def target(make_target: Callable[..., Target]) -> Target:
    """A deployed shared stack, and a next configuration that replaces one resource and destroys another."""
    made = make_target({"state": {"s": {}}, "shared": {"a": {"triggers_replace": "1"}, "b": {}}})
    deploy(made, YES, Options(stack="shared"))
    rewrite(made, "dev-shared", a={"triggers_replace": "2"})
    return made


def test_plan_prints_json_and_a_page(target: Target, tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    done = run(target, "plan", "dev", "--stack", "shared", "--json", "--markdown", str(page), "--deny", "replace,destroy")
    assert done.returncode == 0, done.stderr
    counts = json.loads(done.stdout)["stacks"][0]["counts"]
    assert (counts["replace"], counts["destroy"]) == (1, 1)
    assert "`triggers_replace`: `1` → `2`" in page.read_text()
    assert "replace" in run(target, "plan", "dev", "--stack", "shared").stdout


def test_bad_usage_is_exit_2(target: Target) -> None:
    for arguments in (
        ("plan", "dev", "--deny", "update"),
        ("plan", "dev", "--stack", "nope"),
        ("deploy", "dev"),
        ("destroy", "dev"),
        ("bootstrap", "dev"),
    ):
        done = run(target, *arguments)
        assert done.returncode == 2, (arguments, done.stderr)
        assert "Traceback" not in done.stderr and "fix:" in done.stderr


def test_deploy_outputs_destroy(target: Target) -> None:
    done = run(target, "deploy", "dev", "--stack", "shared", "--auto-approve", "--json")
    assert done.returncode == 0 and json.loads(done.stdout)["stacks"][0]["applied"] is True
    again = run(target, "deploy", "dev", "--stack", "shared", "--auto-approve")
    assert "dev-shared: unchanged" in again.stdout
    assert json.loads(run(target, "outputs", "dev", "--stack", "shared", "--json").stdout)["stacks"] == {"dev-shared": {}}
    gone = run(target, "destroy", "dev", "--stack", "shared", "--auto-approve", "--json")
    assert json.loads(gone.stdout)["stacks"] == [{"stack": "dev-shared", "destroyed": 1}], gone.stderr


def test_a_refusal_is_exit_1_and_names_the_fix(target: Target) -> None:
    (target.folder("dev-shared") / "errored.tfstate").write_text("{}")
    done = run(target, "deploy", "dev", "--stack", "shared", "--auto-approve", "--json")
    assert done.returncode == 1 and "--recover" in json.loads(done.stdout)["error"]["fix"]
