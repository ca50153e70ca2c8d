"""The same code synthesizes with cdktn, cdktf's maintained fork, in an environment of its own."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import venv
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
REQUIREMENTS = Path(__file__).with_name("cdktn-requirements.txt")
SYNTH = (
    "from pathlib import Path; from slipway.app import synthesize; import sys; synthesize(['dev', 'prod'], Path.cwd(), Path(sys.argv[1]))"
)


@pytest.fixture(scope="module")
def fork() -> Path:
    """A virtual environment with cdktn and without cdktf, made once per locked requirements in `.tools/`."""
    digest = hashlib.sha256(REQUIREMENTS.read_bytes()).hexdigest()[:12]
    folder = ROOT / ".tools" / f"cdktn-{digest}-{sys.version_info[0]}.{sys.version_info[1]}"
    python = folder / "bin" / "python"
    if not (folder / ".complete").exists():
        venv.create(folder, with_pip=True, clear=True)
        command = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--require-hashes", "-r", REQUIREMENTS]
        subprocess.run(command, check=True, timeout=600)
        (folder / ".complete").touch()
    return python


def synthesize(python: Path | str, out: Path, toolkit: str) -> dict[str, Any]:
    environment = {**os.environ, "SLIPWAY_TOOLKIT": toolkit, "PYTHONPATH": ""}
    done = subprocess.run([python, "-c", SYNTH, out], cwd=ROOT, env=environment, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    return {path.parent.name: json.loads(path.read_text()) for path in sorted(out.rglob("cdk.tf.json"))}


def comparable(document: dict[str, Any]) -> dict[str, Any]:
    """Without what is allowed to differ: the toolkit's version and the provider's source string."""
    document["//"]["metadata"].pop("version")
    source = document["terraform"]["required_providers"]["aws"].pop("source")
    assert source in ("aws", "hashicorp/aws")
    return document


@pytest.mark.slow
def test_both_toolkits_give_the_same_json(fork: Path, tmp_path: Path) -> None:
    ours = synthesize(sys.executable, tmp_path / "cdktf", "cdktf")
    forks = synthesize(fork, tmp_path / "cdktn", "cdktn")
    assert sorted(ours) == sorted(forks)
    assert len(ours) == 8
    for stack, document in ours.items():
        assert comparable(document) == comparable(forks[stack]), stack
