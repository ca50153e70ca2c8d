"""`slipway scan` and bare `checkov`, as users run them."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.policies.planted import MODEL, put
from tests.policies.platform import Documents, platform
from tests.scan.support import write

ROOT = Path(__file__).resolve().parents[2]
ENVIRONMENTS = ("dev", "staging", "prod")


def slipway(*arguments: object) -> subprocess.CompletedProcess[str]:
    """The command in a process of its own."""
    command = [sys.executable, "-m", "slipway", "scan", *map(str, arguments)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


@pytest.fixture
def tagged() -> Documents:
    documents = platform()
    put(MODEL, "primary_container.image", "repository:latest")(documents)
    return documents


def test_a_clean_environment_exits_0(tmp_path: Path) -> None:
    done = slipway("prod", "--out", write(tmp_path, platform()))
    assert done.returncode == 0, done.stderr
    assert "prod (production rules apply): 3 stacks" in done.stdout
    assert done.stdout.rstrip().endswith("passed")


def test_a_finding_exits_1_and_says_where_why_and_what_to_do(tagged: Documents, tmp_path: Path) -> None:
    done = slipway("prod", "--out", write(tmp_path, tagged))
    assert done.returncode == 1
    for text in ("CKV_SLIPWAY_9", MODEL, "repository:latest has no digest", "fix: image:"):
        assert text in " ".join(done.stdout.split())


def test_one_json_document_on_stdout(tagged: Documents, tmp_path: Path) -> None:
    done = slipway("prod", "--out", write(tmp_path, tagged), "--json")
    assert done.returncode == 1
    assert [finding["rule"] for finding in json.loads(done.stdout)["findings"]] == ["CKV_SLIPWAY_9"]


def test_sarif_into_a_file_and_the_table_on_the_terminal(tagged: Documents, tmp_path: Path) -> None:
    file = tmp_path / "scan.sarif"
    done = slipway("prod", "--out", write(tmp_path, tagged), "--format", "sarif", "--output", file)
    assert done.returncode == 1
    assert json.loads(file.read_text())["runs"][0]["results"][0]["ruleId"] == "CKV_SLIPWAY_9"
    assert "CKV_SLIPWAY_9" in done.stdout


def test_nothing_to_scan_exits_1(tmp_path: Path) -> None:
    done = slipway("prod", "--out", tmp_path)
    assert done.returncode == 1
    assert "nothing-scanned" in done.stdout


@pytest.mark.parametrize(
    "arguments",
    [
        ("nowhere",),
        ("prod", "--out", "/does/not/exist"),
        ("prod", "--plan", "prod-shared"),
        ("prod", "--plan", "dev-shared=/dev/null"),
        ("prod", "--plan", "prod-shared=/does/not/exist"),
        ("prod", "--format", "xml"),
        (),
    ],
    ids=str,
)
def test_bad_usage_exits_2(arguments: tuple[str, ...]) -> None:
    done = slipway(*arguments)
    assert done.returncode == 2
    assert not done.stdout
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_environments_as_shipped_have_no_open_finding(environment: str, tmp_path: Path) -> None:
    from slipway.app import synthesize
    from slipway.config.load import load_environment
    from slipway.scan.scan import scan

    synthesize([environment], ROOT, tmp_path)
    report = scan(tmp_path, load_environment(environment, ROOT))
    assert not report.findings
    assert not report.problems
    assert len(report.coverage.stacks) >= 3


def bare_checkov(project: Path) -> subprocess.CompletedProcess[str]:
    """`checkov` without any argument, in a project's root."""
    command = [sys.executable, "-m", "checkov.main"]
    environment = {**os.environ, "HOME": str(project), "PYTHONPATH": ""}
    return subprocess.run(command, cwd=project, env=environment, capture_output=True, text=True, check=False)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project as users have it: configuration, policies and what was synthesized, with a local override beside it."""
    shutil.copy(ROOT / ".checkov.yaml", tmp_path)
    for folder in ("policies", "modules/_shared"):
        shutil.copytree(ROOT / folder, tmp_path / folder, ignore=shutil.ignore_patterns("__pycache__"))
    (tmp_path / "modules" / "__init__.py").touch()
    write(tmp_path / "cdktf.out", platform())
    (tmp_path / "cdktf.out" / "stacks" / "prod-shared" / "local_override.tf.json").write_text('{"resource": {"aws_sns_topic": {"t": {}}}}')
    return tmp_path


def test_bare_checkov_passes_on_a_clean_project(project: Path) -> None:
    done = bare_checkov(project)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Failed checks: 0" in done.stdout
    assert "Passed checks: 1" in done.stdout, "a hundred and more answers"


def test_bare_checkov_applies_our_policies(project: Path, tagged: Documents) -> None:
    del tagged["prod-serving"]["resource"]["aws_sagemaker_model"]["wine_model"]["lifecycle"]
    write(project / "cdktf.out", tagged)
    done = bare_checkov(project)
    assert done.returncode == 1
    assert "Check: CKV_SLIPWAY_9:" in done.stdout
    assert "Check: CKV2_SLIPWAY_11:" in done.stdout
    assert "Failed checks: 2" in done.stdout
