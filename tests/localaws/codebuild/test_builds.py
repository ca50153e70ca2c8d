"""Builds run their buildspec for real, and end as CodeBuild's user guide says."""

from __future__ import annotations

import json
import os
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from slipway.localaws.codebuild import live, places, runner
from tests.localaws.codebuild.support import create, ended, exported, log, names, phases, run

CARRIED = """
version: 0.2
env:
  shell: bash
  variables: {GREETING: hello, OVERRIDDEN: buildspec}
  exported-variables: [RESULT, OVERRIDDEN, ABSENT]
phases:
  install:
    runtime-versions: {python: "3.11"}
    commands: ["mkdir sub && cd sub", "shout() { echo \\"$1!\\"; }", "local_only=1"]
  build:
    commands:
      - export RESULT="$(shout $GREETING) $(basename $PWD) $local_only"
      - |
        echo "two lines"
        echo "$RESULT" >&2
"""


def test_everything_carries_over_from_command_to_command(client: Any) -> None:
    codebuild = client("codebuild")
    override = [{"name": "OVERRIDDEN", "value": "start", "type": "PLAINTEXT"}]
    build = run(codebuild, CARRIED, environmentVariablesOverride=override)
    assert build["buildStatus"] == "SUCCEEDED", log(client, build)
    assert exported(build) == {"RESULT": "hello! sub 1", "OVERRIDDEN": "start"}
    assert list(phases(build)) == [
        *("SUBMITTED", "QUEUED", "PROVISIONING", "DOWNLOAD_SOURCE", "INSTALL", "PRE_BUILD", "BUILD", "POST_BUILD"),
        *("UPLOAD_ARTIFACTS", "FINALIZING", "COMPLETED"),
    ]
    written = log(client, build)
    assert "Entering phase BUILD" in written and "hello! sub 1" in written
    assert build["logs"]["groupName"] == "/aws/codebuild/pr" and build["buildNumber"] == 1


ENDS = [
    ("build", "commands: ['false', 'touch no']", {"BUILD": "FAILED", "POST_BUILD": "SUCCEEDED", "UPLOAD_ARTIFACTS": "SUCCEEDED"}, "0"),
    ("build", "{on-failure: ABORT, commands: ['false']}", {"BUILD": "FAILED", "FINALIZING": "SUCCEEDED"}, None),
    ("build", "{on-failure: CONTINUE, commands: ['false']}", {"BUILD": "FAILED", "POST_BUILD": "SUCCEEDED"}, "1"),
    ("pre_build", "{commands: ['exit 7']}", {"PRE_BUILD": "FAILED", "FINALIZING": "SUCCEEDED"}, None),
    ("install", "{commands: ['false'], finally: ['export SEEN=finally']}", {"INSTALL": "FAILED", "FINALIZING": "SUCCEEDED"}, "finally"),
    ("build", "{commands: ['true'], finally: ['set -e; false']}", {"BUILD": "FAILED", "POST_BUILD": "SUCCEEDED"}, "0"),
]


@pytest.mark.parametrize(("phase", "body", "expected", "seen"), ENDS)
def test_phases_end_as_documented(client: Any, phase: str, body: str, expected: dict[str, str], seen: str | None) -> None:
    body = body if body.startswith("{") else f"{{{body}}}"
    after = "" if phase == "post_build" else "  post_build: {commands: ['export SEEN=$CODEBUILD_BUILD_SUCCEEDING']}\n"
    build = run(client("codebuild"), f"version: 0.2\nenv: {{exported-variables: [SEEN]}}\nphases:\n  {phase}: {body}\n{after}")
    assert expected.items() <= phases(build).items(), build
    assert build["buildStatus"] == ("SUCCEEDED" if "CONTINUE" in body else "FAILED")
    assert ("UPLOAD_ARTIFACTS" in phases(build)) == ("POST_BUILD" in phases(build))
    assert exported(build).get("SEEN") == seen
    if "exit 7" in body:
        failed = next(one for one in build["phases"] if one["phaseType"] == "PRE_BUILD")
        assert failed["contexts"][0]["statusCode"] == "COMMAND_EXECUTION_ERROR" and "exit status 7" in failed["contexts"][0]["message"]


def test_the_environment_is_codebuilds_and_leads_to_the_local_aws(client: Any) -> None:
    client("ssm").put_parameter(Name="/p", Value="from-ssm", Type="String")
    spec = """
version: 0.2
env: {shell: bash, parameter-store: {SECRET: /p}, exported-variables: [ALL, SECRET, OTHER]}
phases: {build: {commands: ['export ALL="$(env | sort)"']}}
"""
    other = [{"name": "OTHER", "value": "/p", "type": "PARAMETER_STORE"}]
    build = run(client("codebuild"), spec, environmentVariablesOverride=other)
    found = dict(line.split("=", 1) for line in exported(build)["ALL"].splitlines() if "=" in line)
    assert found["CODEBUILD_BUILD_ID"] == build["id"] and found["AWS_REGION"] == "eu-west-1" and found["CODEBUILD_CI"] == "true"
    assert found["AWS_ACCESS_KEY_ID"] == "111111111111" and found["AWS_ENDPOINT_URL"].startswith("http://127.0.0.1:")
    assert found["SLIPWAY_USE_LOCAL"] == "1" and found["HOME"] != os.environ["HOME"]
    assert (exported(build)["SECRET"], exported(build)["OTHER"]) == ("from-ssm", "from-ssm")


def test_source_and_artifacts_in_s3(client: Any, tmp_path: Path) -> None:
    s3, codebuild = client("s3"), client("codebuild")
    s3.create_bucket(Bucket="bucket", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    (tmp_path / "buildspec.yml").write_text(
        """
version: 0.2
phases: {build: {commands: ['mkdir -p out/deep && echo 1 > out/a.txt && echo 2 > out/deep/b.txt && echo 3 > out/c.log', './hello.sh']}}
artifacts: {files: ['**/*'], base-directory: out, exclude-paths: ['*.log']}
"""
    )
    (tmp_path / "hello.sh").write_text("#!/bin/sh\necho hello\n")
    (tmp_path / "hello.sh").chmod(0o755)
    subprocess.run(["python3", "-m", "zipfile", "-c", "s.zip", "buildspec.yml"], cwd=tmp_path, check=True)
    from slipway.localaws.codebuild.artifacts import pack

    s3.put_object(Bucket="bucket", Key="s.zip", Body=pack([(file.name, file) for file in sorted(tmp_path.glob("[bh]*"))]))
    place = {"type": "S3", "location": "bucket", "path": "out", "name": "a.zip", "packaging": "ZIP", "namespaceType": "BUILD_ID"}
    create(codebuild, "", source={"type": "S3", "location": "bucket/s.zip"}, artifacts=place)
    build = ended(codebuild, codebuild.start_build(projectName="pr")["build"]["id"])
    assert build["buildStatus"] == "SUCCEEDED", log(client, build)
    key = f"out/{build['id'].split(':')[1]}/a.zip"
    assert build["artifacts"]["location"] == f"arn:aws:s3:::bucket/{key}"
    assert names(s3.get_object(Bucket="bucket", Key=key)["Body"].read()) == ["a.txt", "deep/b.txt"]
    codebuild.update_project(name="pr", artifacts={**place, "packaging": "NONE", "namespaceType": "NONE", "name": "/"})
    ended(codebuild, codebuild.start_build(projectName="pr")["build"]["id"])
    assert s3.get_object(Bucket="bucket", Key="out/deep/b.txt")["Body"].read() == b"2\n"


@pytest.mark.parametrize(
    ("buildspec", "code", "message"),
    [
        ("version: 0.1\nphases: {}", "YAML_FILE_ERROR", "only 0.2"),
        ("version: 0.2\nphases: {biuld: {commands: [x]}}", "YAML_FILE_ERROR", "biuld"),
        ("version: 0.2\nphases: {build: {commands: x}}", "YAML_FILE_ERROR", "no list"),
        ("version: 0.2\nphases: {build: {}}", "YAML_FILE_ERROR", "commands are missing"),
        ("version: 0.2\nreports: {}\nphases: {}", "YAML_FILE_ERROR", "reports"),
        ("version: 0.2\nenv: {shell: zsh}\nphases: {build: {commands: [x]}}", "YAML_FILE_ERROR", "zsh"),
        ("version: 0.2\nenv: {parameter-store: {A: /absent}}\nphases: {build: {commands: [x]}}", "CLIENT_ERROR", "/absent"),
        ("no.yml", "YAML_FILE_ERROR", "stat no.yml"),
        ("version: 0.2\nphases: [", "YAML_FILE_ERROR", "not YAML"),
    ],
)
def test_what_cannot_run_fails_before_the_first_command(client: Any, buildspec: str, code: str, message: str) -> None:
    build = run(client("codebuild"), buildspec)
    assert build["buildStatus"] == "FAILED" and "INSTALL" not in phases(build)
    failed = next(phase for phase in build["phases"] if phase["phaseType"] == "DOWNLOAD_SOURCE")
    assert failed["contexts"][0]["statusCode"] == code and message in failed["contexts"][0]["message"]


def test_a_build_without_a_match_fails_at_the_upload(client: Any) -> None:
    codebuild = client("codebuild")
    spec = "version: 0.2\nphases: {build: {commands: ['true']}}\nartifacts: {files: [absent/*]}"
    create(codebuild, spec, artifacts={"type": "S3", "location": "bucket", "name": "a"})
    build = ended(codebuild, codebuild.start_build(projectName="pr")["build"]["id"])
    assert phases(build)["UPLOAD_ARTIFACTS"] == "FAILED" and build["buildStatus"] == "FAILED"


def test_stopped_and_timed_out_builds_leave_no_process(client: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    codebuild, mark = client("codebuild"), tmp_path / "pid"
    create(codebuild, f"version: 0.2\nphases: {{build: {{commands: ['sleep 600 & echo $! > {mark}; sleep 600']}}}}", timeoutInMinutes=5)
    started = codebuild.start_build(projectName="pr")["build"]["id"]
    pid = _written(mark)
    codebuild.stop_build(id=started)
    stopped = ended(codebuild, started)
    assert stopped["buildStatus"] == "STOPPED" and phases(stopped)["BUILD"] == "STOPPED"
    _gone(pid)
    mark.unlink()
    monkeypatch.setattr(runner, "SECONDS_PER_MINUTE", 0.3)
    build = ended(codebuild, codebuild.start_build(projectName="pr")["build"]["id"])
    assert build["buildStatus"] == "TIMED_OUT" and phases(build)["BUILD"] == "TIMED_OUT"
    _gone(_written(mark))


def test_builds_wait_for_a_machine(client: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(live.MOST, "1")
    codebuild, go = client("codebuild"), tmp_path / "go"
    create(codebuild, f"version: 0.2\nphases: {{build: {{commands: ['until [ -e {go} ]; do sleep 0.02; done']}}}}")
    first, second = (codebuild.start_build(projectName="pr")["build"]["id"] for _ in range(2))
    assert codebuild.batch_get_builds(ids=[second])["builds"][0]["currentPhase"] == "QUEUED"
    codebuild.stop_build(id=second)
    go.touch()
    assert [ended(codebuild, one)["buildStatus"] for one in (first, second)] == ["SUCCEEDED", "STOPPED"]
    assert codebuild.list_builds_for_project(projectName="pr")["ids"] == [second, first]
    assert codebuild.list_builds(sortOrder="ASCENDING")["ids"] == [first, second]


def test_caches_are_links(client: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(places._folders, "base", lambda: tmp_path / "builds")
    checkout = tmp_path / "checkout"
    (checkout / ".venv" / "bin").mkdir(parents=True)
    (checkout / ".venv" / "bin" / "tool").write_text("#!/bin/sh\necho tool\n")
    (checkout / ".venv" / "bin" / "tool").chmod(0o755)
    (checkout / ".venv" / "bin" / "own").symlink_to("../../bin/own")
    (checkout / "Pipfile.lock").write_text("1")
    monkeypatch.setenv(places.CACHE, str(checkout))
    spec = """
version: 0.2
env: {exported-variables: [COUNT, TOOL, OWN]}
phases: {build: {commands: ['mkdir -p kept "$HOME/.cache/pip"; echo x >> kept/f; echo x >> "$HOME/.cache/pip/f"',
  'export COUNT="$(cat kept/f "$HOME/.cache/pip/f" | wc -l)" TOOL="$(.venv/bin/tool)" OWN="$(readlink .venv/bin/own)"']}}
cache: {paths: ['kept/**/*', '/root/.cache/pip/**/*', '../outside/*', '/etc/*']}
"""
    git = client("s3")
    git.create_bucket(Bucket="bucket", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    from slipway.localaws.codebuild.artifacts import pack

    git.put_object(Bucket="bucket", Key="s.zip", Body=pack([("Pipfile.lock", checkout / "Pipfile.lock")]))
    codebuild = client("codebuild")
    create(
        codebuild,
        "",
        source={"type": "S3", "location": "bucket/s.zip", "buildspec": spec},
        cache={"type": "LOCAL", "modes": ["LOCAL_CUSTOM_CACHE"]},
    )
    found = [exported(ended(codebuild, codebuild.start_build(projectName="pr")["build"]["id"])) for _ in range(2)]
    assert [one["COUNT"].strip() for one in found] == ["2", "4"]
    assert found[0]["TOOL"] == "tool" and found[0]["OWN"] == "../../bin/own"


def test_a_pipelines_project_is_not_started_by_hand(client: Any) -> None:
    codebuild = client("codebuild")
    create(codebuild, "", source={"type": "CODEPIPELINE", "buildspec": "x.yml"}, artifacts={"type": "CODEPIPELINE"})
    with pytest.raises(ClientError, match="CODEPIPELINE"):
        codebuild.start_build(projectName="pr")
    with pytest.raises(ClientError, match="cannot be found"):
        codebuild.start_build(projectName="absent")
    assert codebuild.batch_get_builds(ids=["pr:1"])["buildsNotFound"] == ["pr:1"]
    codebuild.delete_project(name="pr")
    assert codebuild.batch_get_projects(names=["pr"])["projectsNotFound"] == ["pr"]
    assert json.dumps(codebuild.list_projects()["projects"]) == "[]"


def _written(file: Path) -> int:
    limit = time.monotonic() + 20
    while not (file.is_file() and file.read_text().strip()):
        assert time.monotonic() < limit
        time.sleep(0.02)
    return int(file.read_text())


def _gone(pid: int) -> None:
    limit = time.monotonic() + 10
    while (stat := Path(f"/proc/{pid}/stat")).exists() and stat.read_text().split()[2] != "Z":
        assert time.monotonic() < limit
        time.sleep(0.02)
