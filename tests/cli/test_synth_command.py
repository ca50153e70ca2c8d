"""`slipway synth`, `main.py` and `bin/slipway` as whole processes."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.support import ROOT, process

BROKEN = "account_id: 12\nregoin: eu-west-1\n"


def documents(folder: Path) -> dict[str, bytes]:
    """Everything that was synthesized, by its path."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def test_prod_twice_is_byte_identical(root: Path, tmp_path: Path) -> None:
    for seed in ("1", "2"):
        done = process("synth", "prod", "--out", tmp_path / seed, PYTHONHASHSEED=seed)
        assert done.returncode == 0, done.stderr
    first, second = documents(tmp_path / "1"), documents(tmp_path / "2")
    assert {f"stacks/prod-{layer}/cdk.tf.json" for layer in ("state", "shared", "serving")} <= first.keys()
    assert first == second


def test_a_path_is_printed_as_it_is(root: Path, tmp_path: Path) -> None:
    done = process("synth", "dev", "--out", tmp_path / "[red]out[/] :100:")
    assert done.returncode == 0, done.stderr
    printed = done.stdout.splitlines()
    assert len(printed) == 3
    assert all(Path(line).is_file() for line in printed)


def test_with_a_broken_environment_nothing_is_written(root: Path) -> None:
    (root / "environments" / "dev.yaml").write_text(BROKEN)
    done = process("synth")
    assert (done.returncode, done.stdout) == (2, "")
    assert "environments/dev.yaml:1:13 account_id: " in done.stderr
    assert "environments/dev.yaml:2:1 regoin: unknown option; did you mean region?" in done.stderr
    assert [path.name for path in root.iterdir()] == ["environments"]


@pytest.fixture
def as_cdktf(root: Path) -> Path:
    """The project with its `main.py`, as the cdktf CLI runs it."""
    shutil.copy(ROOT / "main.py", root)
    return root / "main.py"


def run_main(path: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    environ = {**os.environ, "PYTHONPATH": str(ROOT), **variables}
    return subprocess.run([sys.executable, str(path)], env=environ, cwd=path.parent, capture_output=True, text=True, check=False)


def test_main_ends_with_2_for_bad_configuration(as_cdktf: Path) -> None:
    (as_cdktf.parent / "environments" / "dev.yaml").write_text(BROKEN)
    done = run_main(as_cdktf)
    assert (done.returncode, done.stdout) == (2, "")
    lines = done.stderr.splitlines()
    assert lines[0].startswith("error: environment dev is not valid: ")
    assert "environments/dev.yaml:2:1 regoin: unknown option; did you mean region?" in lines
    assert not (as_cdktf.parent / "cdktf.out").exists()
    unknown = run_main(as_cdktf, SLIPWAY_ENVIRONMENTS="nowhere")
    assert (unknown.returncode, unknown.stderr.splitlines()[0]) == (2, "error: no environment 'nowhere'")


def test_the_script_works_from_whatever_folder(tmp_path: Path) -> None:
    checkout = tmp_path / "a checkout"
    (checkout / "bin").mkdir(parents=True)
    shutil.copy(ROOT / "bin" / "slipway", checkout / "bin")
    (checkout / "slipway").symlink_to(ROOT / "slipway")
    (checkout / ".venv" / "bin").mkdir(parents=True)
    (checkout / ".venv" / "bin" / "python").write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n')
    (checkout / ".venv" / "bin" / "python").chmod(0o755)
    link = checkout / ".venv" / "bin" / "slipway"
    link.symlink_to("../../bin/slipway")
    (tmp_path / "slipway").mkdir()  # what lies in the working directory does not come before the checkout
    (tmp_path / "slipway" / "__init__.py").write_text("raise SystemExit('the wrong one')\n")
    done = subprocess.run([str(link), "frobnicate", "[x] y"], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert done.stderr == "error: No such command 'frobnicate'.\n  fix: see `slipway --help`\n"
    assert subprocess.run([str(link), "version"], cwd=tmp_path, capture_output=True, text=True, check=False).stdout.strip()
