"""The buildspecs' own logic, run by bash: which locks go where, what is committed, and what a wrong answer leads to.

`slipway` and `make` are recorders here; the real ones run in the demo's pipeline on the local AWS.
"""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from tests.modules.delivery.definition import project_input, projects, whole

RECORDER = """#!/bin/bash
echo "${AWS_PROFILE:-own}: $*" >> "$CALLS"
[ -z "$FAILS" ] || [[ "$*" != $FAILS ]] || exit 1
case "$*" in
  "scan "*) touch "$6" ;;
  "plan "*) mkdir -p review && touch review/review.html ;;
  "review "*) echo "https://console/review" ;;
  "release "*) echo "$3 $5" > "environments/$2.lock.yaml" ;;
  "promote "*) echo "promoted from $(cat "environments/$2.lock.yaml")" > "environments/$3.lock.yaml" ;;
esac
"""


class Build:
    """A checkout with one environment file, and what the commands were called with."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.calls = folder, folder / "calls"
        self.source = folder / "source"
        self.calls.write_text("")
        (self.source / "environments").mkdir(parents=True)
        (self.source / "examples").mkdir()
        for name in ("dev", "prod"):
            (self.source / "environments" / f"{name}.lock.yaml").write_text(f"{name} as committed\n")
        program = self.source / ".venv" / "bin" / "slipway"
        program.parent.mkdir(parents=True)
        program.write_text(RECORDER)
        program.chmod(0o755)
        (folder / "make").write_text('#!/bin/sh\necho "make $*" >> "$CALLS"\n')
        (folder / "make").chmod(0o755)

    def run(self, step: str, *, fails: str = "", **variables: str) -> tuple[int, list[str]]:
        """Exit code and calls of one step's buildspec, with its project's variables."""
        given = project_input(projects(whole())[step])
        own = {item["name"]: item["value"] for item in given["environment"]["environmentVariables"]}
        environment = {
            **{"PATH": f"{self.folder}:{os.environ['PATH']}", "HOME": str(self.folder), "CALLS": str(self.calls), "FAILS": fails},
            **{"CODEBUILD_BUILD_ID": "build:17", "GIT_CONFIG_NOSYSTEM": "1", **own, **variables},
        }
        before = len(self.calls.read_text().splitlines())
        code = _phases(YAML(typ="safe").load(given["source"]["buildspec"])["phases"], self.source, environment)
        return code, self.calls.read_text().splitlines()[before:]

    def lock(self, name: str) -> str:
        return (self.source / "environments" / f"{name}.lock.yaml").read_text().strip()


def _phases(phases: dict[str, Any], source: Path, environment: dict[str, str]) -> int:
    """As CodeBuild: one shell for all commands, the first failure ends the phase, post_build runs after build whatever happened."""
    before = [command for name in ("install", "pre_build", "build") for command in phases.get(name, {}).get("commands", ())]
    last = phases.get("post_build", {}).get("commands", [])
    body = "\n".join(f"( exit $ok ) && {{ {command}\n}} || ok=1" for command in before)
    ending = "\n".join(f"{{ {command}\n}} || ok=1" for command in last)
    script = f"ok=0\n{body}\nexport CODEBUILD_BUILD_SUCCEEDING=$((1 - ok))\n{ending}\nexit $ok\n"
    code = subprocess.run(["bash", "-c", script], cwd=source, env=environment, capture_output=True, text=True)
    return code.returncode


@pytest.fixture
def build(tmp_path: Path) -> Build:
    return Build(tmp_path)


def artifact(folder: Path, **locks: str) -> str:
    """A further input artifact with these locks: its folder."""
    for name, text in locks.items():
        place = folder / "input" / "environments" / f"{name}.lock.yaml"
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text)
    return str(folder / "input")


def test_the_plan_starts_from_the_locks_so_far_and_writes_nothing_else(build: Build, tmp_path: Path) -> None:
    code, calls = build.run("plan-prod", CODEBUILD_SRC_DIR_plan_staging=artifact(tmp_path, dev="d\n", staging="s\n"))
    assert (code, calls) == (
        0,
        [
            "make .venv/.synced",
            "environment: promote staging prod --source-profile source --lock-only",
            "environment: plan prod --save review",
            "own: review review --publish s3://slipway-dev-delivery-111111111111/reviews/prod/17",
        ],
    )
    assert (build.lock("dev"), build.lock("prod")) == ("d", "promoted from s")
    profiles = (build.source / ".slipway" / "profiles").read_text()
    assert profiles.startswith("[profile environment]\nrole_arn = arn:aws:iam::333333333333:role/slipway-prod-read-only\n")


def test_the_first_environment_is_planned_with_the_image(build: Build, tmp_path: Path) -> None:
    _, calls = build.run("plan-dev", CODEBUILD_SRC_DIR_image=artifact(tmp_path, dev="with the image\n"))
    assert calls[1] == "environment: plan dev --save review" and build.lock("dev") == "with the image"


def test_a_promotion_without_proof_ends_the_plan(build: Build, tmp_path: Path) -> None:
    code, calls = build.run("plan-prod", fails="promote *", CODEBUILD_SRC_DIR_plan_staging=artifact(tmp_path, staging="s\n"))
    assert code == 1 and calls[-1].startswith("environment: promote")


def test_what_was_reviewed_is_applied(build: Build, tmp_path: Path) -> None:
    folder = artifact(tmp_path, staging="s\n", prod="reviewed\n")
    code, calls = build.run("apply-prod", CODEBUILD_SRC_DIR_plan_prod=folder)
    assert (code, calls[1:]) == (
        0,
        [
            "environment: promote staging prod --source-profile source",
            f"environment: deploy prod --approved {folder}/review",
        ],
    )


@pytest.mark.parametrize(("fails", "expected"), [("", (0, False)), ("invoke prod *", (1, True)), ("invoke prod beer *", (1, True))])
def test_a_wrong_answer_rolls_back(build: Build, tmp_path: Path, fails: str, expected: tuple[int, bool]) -> None:
    several = {"CASES": "beer=beer.yaml wine=wine.yaml", "CODEBUILD_SRC_DIR_plan_prod": artifact(tmp_path, prod="p\n")}
    code, calls = build.run("smoke-prod", fails=fails, **several)
    assert (code, "environment: rollback prod --auto-approve" in calls) == expected
    assert calls[1] == "environment: invoke prod beer --cases beer.yaml"
    assert ("environment: invoke prod wine --cases wine.yaml" in calls) == (code == 0)


def git(folder: Path, *arguments: str) -> str:
    own = ["-c", "user.name=t", "-c", "user.email=t@localhost", "-c", "init.defaultBranch=main"]
    return subprocess.run(["git", *own, *arguments], cwd=folder, check=True, capture_output=True, text=True).stdout.strip()


@pytest.fixture
def cloned(build: Build, tmp_path: Path) -> Build:
    """The checkout is a clone of a bare repository, at a commit that is not the newest any more."""
    git(tmp_path, "init", "--quiet", "--bare", "origin.git")
    (build.source / ".gitignore").write_text(".venv\n.slipway\n")
    git(build.source, "init", "--quiet")
    git(build.source, "add", "--all")
    git(build.source, "commit", "--quiet", "--message", "first")
    git(build.source, "remote", "add", "origin", str(tmp_path / "origin.git"))
    git(build.source, "push", "--quiet", "origin", "HEAD:refs/heads/main")
    (build.source / "README").write_text("somebody else's commit")
    git(build.source, "add", "README")
    git(build.source, "commit", "--quiet", "--message", "second")
    git(build.source, "push", "--quiet", "origin", "HEAD:refs/heads/main")
    git(build.source, "checkout", "--quiet", "--detach", "HEAD~1")
    return build


def log(tmp_path: Path) -> list[str]:
    return git(tmp_path / "origin.git", "log", "--format=%s", "main").splitlines()


def test_what_runs_is_committed_once_on_top_of_what_others_did(cloned: Build, tmp_path: Path) -> None:
    folder = artifact(tmp_path, prod="runs\n", dev="not this one\n")
    assert cloned.run("record-prod", CODEBUILD_SRC_DIR_plan_prod=folder) == (0, [])
    assert log(tmp_path) == ["prod runs what build:17 deployed", "second", "first"]
    assert git(tmp_path / "origin.git", "show", "main:environments/prod.lock.yaml") == "runs"
    assert git(tmp_path / "origin.git", "show", "main:environments/dev.lock.yaml") == "dev as committed"
    assert cloned.run("record-prod", CODEBUILD_SRC_DIR_plan_prod=folder) == (0, []) and len(log(tmp_path)) == 3


def test_a_push_that_is_refused_fails_the_record(cloned: Build, tmp_path: Path) -> None:
    hook = tmp_path / "origin.git" / "hooks" / "pre-receive"
    hook.write_text("#!/bin/sh\nexit 1\n")
    hook.chmod(0o755)
    code, _ = cloned.run("record-prod", CODEBUILD_SRC_DIR_plan_prod=artifact(tmp_path, prod="runs\n"))
    assert code == 1 and log(tmp_path) == ["second", "first"]


def test_an_approved_package_is_released_and_committed(cloned: Build, tmp_path: Path) -> None:
    package = "arn:aws:sagemaker:eu-west-1:111111111111:model-package/slipway-dev-wine/7"
    code, calls = cloned.run("release", MODEL="wine", PACKAGE_ARN=package)
    assert code == 0 and calls[1] == f"environment: release dev wine --package {package}"
    assert log(tmp_path)[0] == f"wine in dev is {package}"
    assert package in git(tmp_path / "origin.git", "show", "main:environments/dev.lock.yaml")
    assert cloned.run("release", MODEL="wine", PACKAGE_ARN=package)[0] == 0 and len(log(tmp_path)) == 3
    assert cloned.run("release", fails="release *", MODEL="wine", PACKAGE_ARN=package)[0] == 1


def test_environments_of_all_branches_end(cloned: Build, tmp_path: Path) -> None:
    for name in ("try/one", "try/two", "other"):
        git(cloned.source, "push", "--quiet", "origin", f"HEAD:refs/heads/{name}")
    code, calls = cloned.run("expire")
    assert (code, calls[1:]) == (0, ["environment: destroy --expired --auto-approve"] * 2)
    code, calls = cloned.run("expire", fails="destroy *")
    assert code == 1 and len(calls) == 3, "one that fails does not keep the next from ending"


def test_every_environment_is_compared_with_its_own_role(build: Build) -> None:
    code, calls = build.run("drift", fails="plan staging *")
    assert (code, calls[1:]) == (1, [f"{name}: plan {name} --require-empty" for name in ("dev", "staging", "prod")])
    assert build.run("drift")[0] == 0
    assert (
        "[profile prod]\nrole_arn = arn:aws:iam::333333333333:role/slipway-prod-read-only\n"
        in (build.source / ".slipway" / "profiles").read_text()
    )


def test_every_environment_is_scanned_and_each_model_gets_its_image(build: Build) -> None:
    _, calls = build.run("scan")
    assert calls[1] == "own: validate dev staging prod"
    assert [call.split()[2] for call in calls[2:]] == ["dev", "staging", "prod"]
    assert build.run("scan", fails="scan staging *")[0] == 1
    assert build.run("image")[1][1:] == ["own: image ensure dev wine", "own: image ensure dev beer"]
    assert build.run("test")[1] == ["make setup", "make test"]
