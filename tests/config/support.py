"""A project in a temporary folder, and what a command leaves behind in it."""

from __future__ import annotations

import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from slipway.cli.app import app, main
from tests.config.full_training import PROGRAMS

DEFAULTS = Path(__file__).parent / "project" / "environments" / "_defaults.yaml"
CASE_FILE = "version: 1\ncases:\n  - { name: ping, body: '{}', expect: { status: 200 } }\n"
HEADER = 'account_id: "123456789012"\n'


def project(root: Path, **files: str | bytes) -> Path:
    """A project with the tests' defaults, one environment file per keyword, and a case file for load tests."""
    folder = root / "environments"
    folder.mkdir(parents=True, exist_ok=True)
    (root / "cases.yaml").write_text(CASE_FILE)
    (root / "training").mkdir(exist_ok=True)
    for program in PROGRAMS:
        (root / "training" / program).write_text("")
    shutil.copy(DEFAULTS, folder / "_defaults.yaml")
    for name, content in files.items():
        data = content if isinstance(content, bytes) else content.encode()
        (folder / f"{name}.yaml").write_bytes(data)
    return root


def snapshot(root: Path) -> dict[str, bytes | None]:
    """Every file with its content, every folder."""
    return {str(p.relative_to(root)): p.read_bytes() if p.is_file() else None for p in sorted(root.rglob("*"))}


@dataclass(frozen=True)
class Done:
    """How a command ended."""

    code: int
    out: str
    err: str


@dataclass
class Slipway:
    """Runs commands in this process: same entry point, a hundred times faster than a new one."""

    monkeypatch: pytest.MonkeyPatch
    capsys: pytest.CaptureFixture[str]

    def __call__(self, root: Path, *arguments: str) -> Done:
        self.monkeypatch.setenv("SLIPWAY_ROOT", str(root))
        self.monkeypatch.setattr(sys, "argv", ["slipway", *arguments])
        app.registered_commands.clear()  # main() registers them again
        app.registered_groups.clear()
        with pytest.raises(SystemExit) as ended:
            main()
        captured = self.capsys.readouterr()
        return Done(ended.value.code or 0, captured.out, captured.err)
