"""Every command: its help, its JSON, and the exit codes they all share."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.support import COMMANDS, ROOT, Slipway, process

ONE_ENVIRONMENT = (
    *("bootstrap", "deploy", "destroy", "idle", "outputs", "plan", "release", "revisions", "rollback", "scan", "dashboard"),
    *("start", "status", "stop"),
)
ASKS = ("bootstrap", "deploy", "destroy", "rollback")
SENDS_TO_AWS = (*ONE_ENVIRONMENT, "synth")
ONE_ENDPOINT = {
    "batch": ["dev", "wine"],
    "invoke": ["dev", "wine", "--body", "x"],
    "load run": ["dev", "wine", "--cases", "x", "--rate", "1", "--duration", "1s"],
    "logs": ["dev", "wine"],
}
NEEDS_NO_PROJECT = ("advise", "image build", "load compare", "local prepare", "model inspect", "review", "test-container", "version")
OTHERS = {
    "cost": ["dev"],
    "image ensure": ["dev", "wine"],
    "image push": ["dev"],
    "models": ["dev"],
    "new environment": ["other", "--from", "dev"],
    "new module": ["other"],
    "promote": ["dev", "staging"],
    "train": ["dev"],
}
"""Arguments of commands that are like no other; `--local` of `train` starts a local AWS where none runs."""
TAKE_LOCAL = ("image build", "image ensure", "image push", "models", "promote", "train")


def approval(arguments: str) -> list[str]:
    """What a command needs where nobody can be asked."""
    return ["--auto-approve"] if arguments.startswith(ASKS) else []


def test_help_names_every_command(slipway: Slipway) -> None:
    done = slipway("--help")
    assert done.code == 0
    shown = {line.split()[1] for line in done.out.partition("Commands")[2].splitlines() if line.startswith("│ ") and line[2] != " "}
    assert shown == {command.split()[0] for command in COMMANDS}


@pytest.mark.parametrize("command", COMMANDS)
def test_help_of_each_command(slipway: Slipway, command: str) -> None:
    done = slipway(*command.split(), "--help")
    assert (done.code, done.err) == (0, "")
    assert f"Usage: slipway {command}" in done.out
    assert "--json" in done.out
    assert "[[" not in done.out and "…" not in done.out
    assert ("--local" in done.out) == (command in (*SENDS_TO_AWS, *ONE_ENDPOINT, *TAKE_LOCAL))


@pytest.mark.parametrize("arguments", [(), ("local",)], ids=str)
def test_without_a_command_the_help_is_shown(slipway: Slipway, arguments: tuple[str, ...]) -> None:
    done = slipway(*arguments)
    assert (done.code, done.err) == (2, "")
    assert done.out.count("Usage: ") == 1


@pytest.mark.parametrize(
    ("arguments", "key"),
    [
        ("validate", "environments"),
        ("validate dev prod", "environments"),
        ("schema --check", "written"),
        ("list", "environments"),
        ("list dev", "environments"),
        ("synth", "stacks"),
        ("scan dev", "coverage"),
        ("version", "version"),
        ("local status", "running"),
        ("local down", "stopped"),
    ],
)
def test_one_json_document_on_stdout(root: Path, arguments: str, key: str) -> None:
    done = process(*arguments.split(), "--json")
    assert done.returncode == 0, done.stdout + done.stderr
    assert key in json.loads(done.stdout)


def test_docs_are_current() -> None:
    done = process("docs", "--check", "--json")
    assert done.returncode == 0, done.stdout + done.stderr
    assert json.loads(done.stdout)["written"] == []


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ("frobnicate", "No such command 'frobnicate'."),
        ("plann", "Did you mean 'plan'?"),
        ("plan", "Missing argument 'ENV'."),
        ("promote dev", "Missing argument 'TARGET'."),
        ("plan dev prod", "unexpected extra argument"),
        ("plan dev --stak shared", "No such option: --stak"),
        ("plan --stack shared", "Missing argument 'ENV'."),
        ("plan dev --deny everything", "unknown action everything"),
        ("local up --port 99999", "'--port'"),
        ("local sideways", "No such command 'sideways'."),
        ("scan dev --format xml", "'xml' is not one of"),
        ("scan dev --plan nothing", "not STACK=FILE"),
        ("scan dev --out /does/not/exist", "no such folder"),
        ("promote dev dev", "same environment"),
    ],
)
def test_wrong_usage_is_exit_2(slipway: Slipway, root: Path, arguments: str, says: str) -> None:
    done = slipway(*arguments.split())
    assert (done.code, done.out) == (2, "")
    assert says in done.err
    assert done.err.startswith("error: ") and "\n  fix: " in done.err
    as_json = slipway(*arguments.split(), "--json")
    assert as_json.code == 2
    assert says in json.loads(as_json.out)["error"]["message"]


@pytest.mark.parametrize(
    "arguments",
    [*(f"{command} nowhere" for command in (*ONE_ENVIRONMENT, "synth", "validate", "list")), "promote nowhere dev", "promote dev nowhere"],
)
def test_an_unknown_environment_is_exit_2(slipway: Slipway, root: Path, arguments: str) -> None:
    done = slipway(*arguments.split(), *approval(arguments), "--json")
    assert done.code == 2
    error = json.loads(done.out)["error"]
    assert error["message"] == "no environment 'nowhere'"
    assert error["fix"] == "known environments: dev, prod, staging"


@pytest.mark.parametrize("command", ASKS)
def test_without_a_terminal_approval_must_be_given(root: Path, command: str) -> None:
    done = process(command, "dev", "--local")
    assert (done.returncode, done.stdout) == (2, "")
    assert "there is no terminal to ask on" in done.stderr and "--auto-approve" in done.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        *(f"{command} dev" for command in SENDS_TO_AWS),
        *(" ".join((name, *rest)) for name, rest in ONE_ENDPOINT.items()),
        "promote dev staging",
    ],
)
def test_local_without_a_local_aws_is_exit_1(slipway: Slipway, root: Path, arguments: str) -> None:
    done = slipway(*arguments.split(), *approval(arguments), "--local", "--json")
    assert done.code == 1
    error = json.loads(done.out)["error"]
    assert error["message"] == "the local AWS is not running"
    assert "slipway local up" in error["fix"]
    assert not (root / "cdktf.out").exists()


@pytest.mark.parametrize("command", [command for command in COMMANDS if command not in NEEDS_NO_PROJECT])
def test_no_project_is_exit_2(slipway: Slipway, monkeypatch: pytest.MonkeyPatch, command: str) -> None:
    monkeypatch.setenv("SLIPWAY_ROOT", "/does/not/exist")
    names = {**OTHERS, **ONE_ENDPOINT}.get(command, ["dev"] if command in ONE_ENVIRONMENT else [])
    done = slipway(*command.split(), *names, *approval(command))
    assert (done.code, done.out) == (2, "")
    assert "SLIPWAY_ROOT=/does/not/exist: no folder `environments` there" in done.err


@pytest.mark.parametrize("command", ["demo", "docs"])
def test_what_needs_the_checkout_says_so(slipway: Slipway, root: Path, command: str) -> None:
    done = slipway(command)
    assert done.code == 2
    assert f"{root} is not Slipway's own checkout" in done.err
    assert not (root / ".slipway").exists()


@pytest.mark.parametrize("command", ["validate", "synth"])
def test_a_project_without_environments_is_exit_2(slipway: Slipway, root: Path, command: str) -> None:
    for file in (root / "environments").iterdir():
        file.unlink()
    done = slipway(command)
    assert done.code == 2
    assert "no environment file in" in done.err


def test_commands_find_the_project_from_a_folder_in_it(slipway: Slipway, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SLIPWAY_ROOT")
    below = root / "some" / "where"
    below.mkdir(parents=True)
    monkeypatch.chdir(below)
    assert json.loads(slipway("local", "status", "--json").out) == {"running": False}
    assert len(json.loads(slipway("list", "--json").out)["environments"]) == len(list((ROOT / "environments").glob("*.lock.yaml")))


def test_a_working_directory_that_is_gone(slipway: Slipway, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    done = slipway("list")
    assert done.code == 2
    assert "the working directory no longer exists" in done.err
