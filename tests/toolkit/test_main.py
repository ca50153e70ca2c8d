"""main.py as the cdktf CLI runs it: which environments, where to, and for which target."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def run(out: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    variables = {**os.environ, "CDKTF_OUTDIR": str(out), **environment}
    return subprocess.run([sys.executable, "main.py"], cwd=ROOT, env=variables, capture_output=True, text=True, timeout=120)


def stacks(out: Path) -> list[str]:
    return sorted(path.parent.name for path in out.glob("stacks/*/cdk.tf.json"))


@pytest.mark.parametrize(
    ("environment", "count"),
    [
        ({}, 11),
        ({"SLIPWAY_ENVIRONMENTS": "all"}, 11),
        ({"SLIPWAY_ENVIRONMENTS": "dev, prod"}, 8),
        ({"CDKTF_CONTEXT_JSON": json.dumps({"environments": "staging"})}, 3),
        ({"SLIPWAY_ENVIRONMENTS": "dev", "CDKTF_CONTEXT_JSON": json.dumps({"environments": "staging,prod"})}, 3),
    ],
    ids=["default", "all", "variable", "context", "variable-wins"],
)
def test_the_chosen_environments_are_synthesized(environment: dict[str, str], count: int, tmp_path: Path) -> None:
    done = run(tmp_path, **environment)
    assert done.returncode == 0, done.stderr
    assert len(stacks(tmp_path)) == count


def test_stack_dependencies_reach_the_manifest(tmp_path: Path) -> None:
    run(tmp_path, SLIPWAY_ENVIRONMENTS="dev")
    manifest = json.loads((tmp_path / "manifest.json").read_text())["stacks"]
    assert manifest["dev-shared"]["dependencies"] == ["dev-state"]
    assert manifest["dev-serving"]["dependencies"] == ["dev-shared"]


def test_the_local_target_adds_a_file_and_changes_no_document(tmp_path: Path) -> None:
    assert run(tmp_path / "aws", SLIPWAY_ENVIRONMENTS="dev").returncode == 0
    assert run(tmp_path / "local", SLIPWAY_ENVIRONMENTS="dev", SLIPWAY_LOCAL="http://127.0.0.1:5000").returncode == 0
    for stack in stacks(tmp_path / "aws"):
        here, there = tmp_path / "local" / "stacks" / stack, tmp_path / "aws" / "stacks" / stack
        assert (here / "cdk.tf.json").read_bytes() == (there / "cdk.tf.json").read_bytes()
        override = json.loads((here / "local_override.tf.json").read_text())
        assert override["terraform"]["backend"]["s3"]["endpoints"]["s3"] == "http://127.0.0.1:5000"
        assert not (there / "local_override.tf.json").exists()


def test_an_unknown_environment_is_one_clear_error(tmp_path: Path) -> None:
    done = run(tmp_path, SLIPWAY_ENVIRONMENTS="prd")
    assert done.returncode == 2
    assert "no environment 'prd'; did you mean prod?" in done.stderr and "Traceback" not in done.stderr
    assert not list(tmp_path.iterdir())
