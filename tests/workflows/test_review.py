"""The pull-request workflow: least privilege, no long-lived keys, and only commands that exist."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

ROOT = Path(__file__).resolve().parents[2]
PATH = ROOT / ".github" / "workflows" / "review.yml"


@pytest.fixture(scope="module")
def workflow() -> dict[str, Any]:
    return dict(YAML(typ="safe").load(PATH.read_text()))


def steps(workflow: dict[str, Any]) -> list[dict[str, Any]]:
    return [step for job in workflow["jobs"].values() for step in job["steps"]]


def test_the_default_token_can_only_read(workflow: dict[str, Any]) -> None:
    assert workflow["permissions"] == {"contents": "read"}
    assert workflow["jobs"]["plan"]["permissions"]["id-token"] == "write"
    assert "permissions" not in workflow["jobs"]["test"]


def test_credentials_come_from_an_assumed_role_only(workflow: dict[str, Any]) -> None:
    assert "secrets." not in PATH.read_text()
    (configure,) = [step for step in steps(workflow) if str(step.get("uses", "")).startswith("aws-actions/configure-aws-credentials")]
    assert set(configure["with"]) == {"role-to-assume", "aws-region"}


def test_untrusted_text_never_reaches_a_shell(workflow: dict[str, Any]) -> None:
    for step in steps(workflow):
        assert "${{" not in step.get("run", ""), step


def test_every_slipway_call_is_one_the_command_line_knows(workflow: dict[str, Any]) -> None:
    calls = [match for step in steps(workflow) for match in re.findall(r"bin/slipway (\w+) ([^\n]*)", step.get("run", ""))]
    assert {name for name, _ in calls} == {"validate", "scan", "plan"}
    for name, arguments in calls:
        done = subprocess.run([sys.executable, "-m", "slipway", name, "--help"], cwd=ROOT, capture_output=True, text=True)
        assert done.returncode == 0
        for option in re.findall(r"--[a-z-]+", arguments):
            assert option in done.stdout, f"slipway {name} has no {option}"
