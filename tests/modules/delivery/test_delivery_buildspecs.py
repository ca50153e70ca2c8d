"""Buildspecs as CodeBuild reads them, and only commands that exist. tests/localaws runs them."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from slipway.localaws.codebuild.buildspec import parse
from tests.modules.delivery.definition import project_input, projects, whole
from tests.workflows.commands import unknown_commands

FOLDER = Path(__file__).resolve().parents[3] / "modules" / "delivery" / "buildspecs"
NAMES = sorted(path.stem for path in FOLDER.glob("*.yaml"))
GIVEN = {"CODEBUILD_BUILD_ID", "CODEBUILD_BUILD_SUCCEEDING", "PWD", "MODEL", "PACKAGE_ARN"}
"""Variables of CodeBuild itself, of the shell, and of the event that starts a release."""


def text(name: str) -> str:
    return (FOLDER / f"{name}.yaml").read_text()


def commands(name: str) -> list[str]:
    phases: dict[str, Any] = YAML(typ="safe").load(text(name))["phases"]
    return [command for phase in phases.values() for command in phase.get("commands", ())]


def test_each_is_the_text_of_a_project() -> None:
    used = {project_input(body)["source"]["buildspec"] for body in projects(whole()).values()}
    assert used == {text(name) for name in NAMES}


def test_terraform_reads_no_template_in_it() -> None:
    texts = [body["source"]["buildspec"] for body in projects(whole()).values()]
    assert any("$${" in found for found in texts)
    assert not any(re.search(r"(?<!\$)\$\{|(?<!%)%\{", found) for found in texts)


@pytest.mark.parametrize("name", NAMES)
def test_codebuild_reads_it(name: str) -> None:
    found = parse(text(name))
    assert set(found.phases) <= {"install", "pre_build", "build", "post_build"} and found.phases["build"].commands
    assert all(isinstance(command, str) for command in commands(name)), "a colon in a command makes a map of it"


@pytest.mark.parametrize("name", NAMES)
def test_bash_reads_every_command(name: str) -> None:
    script = "\n".join(commands(name))
    done = subprocess.run(["bash", "-n"], input=script, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("name", NAMES)
def test_every_slipway_call_is_one_the_command_line_knows(name: str) -> None:
    assert unknown_commands("\n".join(commands(name))) == []


@pytest.mark.parametrize("name", NAMES)
def test_every_variable_is_given(name: str) -> None:
    """By some project with this buildspec, or by CodeBuild; or set by the commands themselves."""
    script = "\n".join(commands(name))
    used = set(re.findall(r"\$\{?([A-Z][A-Z_]+)", script))
    own = set(re.findall(r"\b([A-Z][A-Z_]+)=", script))
    given = {
        item["name"]
        for body in projects(whole()).values()
        if project_input(body)["source"]["buildspec"] == text(name)
        for item in body["environment"].get("environment_variable", ())
    }
    assert used <= given | own | GIVEN
    assert given <= used | {"ENVIRONMENT"}, "a variable that nothing reads"


def test_a_wrong_answer_brings_back_what_ran_before() -> None:
    (last,) = YAML(typ="safe").load(text("smoke"))["phases"]["post_build"]["commands"]
    assert 'if [ "$CODEBUILD_BUILD_SUCCEEDING" = 0 ]' in last and "slipway rollback" in last
