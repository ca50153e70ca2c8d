"""Commands in this process or in one of their own, and a project for them to work on."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from slipway.cli import app as cli

ROOT = Path(__file__).resolve().parents[2]

COMMANDS = (
    *(
        "advise",
        "batch",
        "bootstrap",
        "cost",
        "dashboard",
        "demo",
        "deploy",
        "destroy",
        "docs",
        "idle",
        "image build",
        "image push",
        "invoke",
        "list",
    ),
    *("load compare", "load run"),
    *("local down", "local prepare", "local status", "local up", "logs", "model inspect", "models", "outputs", "plan", "promote"),
    *("new environment", "new module"),
    *(
        "release",
        "review",
        "revisions",
        "rollback",
        "scan",
        "schema",
        "start",
        "status",
        "stop",
        "synth",
        "test-container",
        "train",
        "validate",
        "version",
    ),
)


@dataclass(frozen=True)
class Done:
    """How a command ended."""

    code: int
    out: str
    err: str


@dataclass
class Slipway:
    """Runs commands in this process."""

    capsys: pytest.CaptureFixture[str]

    def __call__(self, *arguments: str) -> Done:
        if not cli.app.registered_commands:
            cli._register()
        code = cli.run(arguments)
        captured = self.capsys.readouterr()
        return Done(code, captured.out, captured.err)


def process(*arguments: object, **variables: str) -> subprocess.CompletedProcess[str]:
    """The command as users run it, without a terminal."""
    environ = {**os.environ, "PYTHONPATH": str(ROOT), **variables}
    command = [sys.executable, "-m", "slipway", *map(str, arguments)]
    return subprocess.run(
        command, env=environ, cwd=ROOT, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=120, check=False
    )


def copy_environments(root: Path) -> Path:
    """A project at `root` with the environments as shipped."""
    shutil.copytree(ROOT / "environments", root / "environments")
    return root
