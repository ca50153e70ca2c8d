"""`slipway new module`, in a copy of the project: what it writes passes what every module has to pass."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from slipway.errors import InputError
from slipway.scaffold.module import new_module

ROOT = Path(__file__).resolve().parents[2]
_LEFT_OUT = (
    ".git",
    ".venv",
    ".tools",
    ".slipway",
    "node_modules",
    "cdktf.out",
    "__pycache__",
    ".*_cache",
    ".hypothesis",
    "peers",
)


def run(project: Path, *arguments: str) -> str:
    done = subprocess.run([sys.executable, "-m", *arguments], cwd=project, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    return done.stdout


@pytest.mark.slow(minutes=1)
def test_it_passes_the_gate(tmp_path: Path) -> None:
    """Its own tests, linters, types, generated tables, the rules for modules; and the examples that are applied know it."""
    project = tmp_path / "project"
    shutil.copytree(ROOT, project, ignore=shutil.ignore_patterns(*_LEFT_OUT), symlinks=True)
    written = run(project, "slipway", "new", "module", "queue_age")
    assert "wrote modules/queue_age/construct.py" in written
    run(project, "slipway", "new", "environment", "sandbox", "--account-id", "555555555555")
    run(project, "ruff", "check", "modules/queue_age", "tests/modules/queue_age")
    run(project, "ruff", "format", "--check", "modules/queue_age", "tests/modules/queue_age")
    run(project, "mypy", "modules/queue_age", "tests/modules/queue_age")
    run(project, "slipway", "docs", "--check")
    run(project, "slipway", "schema", "--check")
    run(project, "slipway", "validate", "sandbox")
    rules = (
        "tests/architecture/test_budgets.py::test_every_module_is_complete",
        "tests/examples/test_applied.py::test_every_module_has_a_case",
    )
    run(project, "pytest", "-q", "-p", "no:cacheprovider", "tests/modules/queue_age", "tests/config/test_config_schema.py", *rules)


@pytest.mark.parametrize("name", ["kms", "Queue", "queue-age", "_shared", "class", "a" * 21, "../up", ""])
def test_names_that_are_refused(name: str, tmp_path: Path) -> None:
    (tmp_path / "modules" / "kms").mkdir(parents=True)
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(InputError):
        new_module(tmp_path, name)
    assert sorted(tmp_path.rglob("*")) == before


def test_every_folder_has_an_owner() -> None:
    """CODEOWNERS names folders that exist, and the last line that matches production is stricter than that of other environments."""
    lines = [line.split() for line in (ROOT / ".github" / "CODEOWNERS").read_text().splitlines() if line and not line.startswith("#")]
    assert lines[0][0] == "*", "everything else has an owner too"
    for pattern, *owners in lines[1:]:
        assert (ROOT / pattern.strip("/")).exists(), pattern
        assert owners and all(owner.startswith("@") for owner in owners)
    found = {pattern: owners for pattern, *owners in lines}
    assert "@example-org/ml-engineers" in found["/environments/"]
    assert "@example-org/ml-engineers" not in found["/environments/prod.yaml"]
