"""Where bare checkov exits 0 having seen nothing, a scan fails and says why."""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from policies.catalog import CHECKS
from slipway.scan import checkov_runs
from tests.policies.platform import platform
from tests.scan.support import codes, scan_documents, write

ROOT = Path(__file__).resolve().parents[2]


def test_an_empty_folder(tmp_path: Path) -> None:
    report = scan_documents(tmp_path, {})
    assert not report.ok
    assert codes(report) == {"nothing-scanned"}


def test_another_environments_stacks_do_not_count(tmp_path: Path) -> None:
    assert codes(scan_documents(tmp_path, platform(), environment="dev")) == {"nothing-scanned"}


def test_a_stack_without_resources(tmp_path: Path) -> None:
    assert codes(scan_documents(tmp_path, {"prod-state": {"terraform": {}, "resource": {}}})) == {"nothing-scanned"}


@pytest.mark.parametrize(
    "text",
    ["", "{", "[]", "null", '{"resource": []}', '{"resource": {"a": "str"}}', '{"resource": {"aws_s3_bucket": {"x": "str"}}}', "\x00"],
    ids=["empty", "truncated", "list", "null", "list of resources", "text for a type", "text for a resource", "binary"],
)
def test_a_damaged_document(text: str, tmp_path: Path) -> None:
    documents = {**platform(), "prod-shared": text}
    report = scan_documents(tmp_path, documents)
    assert "not-parsed" in codes(report)
    assert not report.ok


def test_documents_cut_off_anywhere(tmp_path: Path) -> None:
    whole = json.dumps(platform()["prod-shared"])
    for offset in range(1, len(whole), len(whole) // 10):
        assert "not-parsed" in codes(scan_documents(tmp_path, {**platform(), "prod-shared": whole[:offset]}))


def test_a_misnamed_document(tmp_path: Path) -> None:
    write(tmp_path, platform())
    folder = tmp_path / "stacks" / "prod-shared"
    (folder / "cdk.tf.json").rename(folder / "stack.json")
    report = scan_documents(tmp_path, {name: d for name, d in platform().items() if name != "prod-shared"})
    (problem,) = [p for p in report.problems if p.code == "stack-missing"]
    assert "stack.json" in problem.message


def test_a_stack_that_the_manifest_names_and_nobody_wrote(tmp_path: Path) -> None:
    (tmp_path / "manifest.json").write_text(json.dumps({"stacks": {"prod-front": {}, "prod-state": {}}}))
    report = scan_documents(tmp_path, platform())
    assert [p.message for p in report.problems if p.code == "stack-missing"] == ["stack prod-front: no readable cdk.tf.json, found nothing"]


def test_what_checkov_cannot_parse_is_an_error_even_when_it_is_json(tmp_path: Path) -> None:
    documents = platform()
    documents["prod-shared"]["terraform"]["required_version"] = ">= 1.10"
    report = scan_documents(tmp_path, documents)
    assert codes(report) == {"not-parsed"}


def test_an_unknown_framework() -> None:
    records, problems = checkov_runs.run([Path("x.tf.json")], "terraform")
    assert not records
    assert [problem.code for problem in problems] == ["unknown-framework"]


def test_an_answer_that_is_missing_is_an_error(tmp_path: Path) -> None:
    documents = platform()
    documents["prod-shared"]["resource"]["aws_ecr_repository"]["inference"]["image_tag_mutability"] = "${var.mutability}"
    report = scan_documents(tmp_path, documents)
    (problem,) = report.problems
    assert problem.code == "record-missing"
    assert "CKV_AWS_51" in problem.message
    assert "aws_ecr_repository.inference" in problem.message


def test_a_rule_that_raises_is_an_error(tmp_path: Path) -> None:
    documents = platform()
    documents["prod-shared"]["provider"]["aws"][0]["default_tags"] = [{"tags": ["environment"]}]
    assert "rule-failed" in codes(scan_documents(tmp_path, documents))


_LOAD = """
import sys; from pathlib import Path
from slipway.scan.checkov_runs import run
print(sorted({p.code for p in run([Path(sys.argv[1])], "terraform_json", checks_dir=Path(sys.argv[2]))[1]}))
"""


@pytest.mark.parametrize("damage", ["no __init__.py", "a file that does not import", "no yaml", "empty"])
def test_custom_checks_that_checkov_did_not_load(damage: str, tmp_path: Path) -> None:
    folder = tmp_path / "policies" / "checks"
    shutil.copytree(CHECKS, folder, ignore=shutil.ignore_patterns("__pycache__"))
    if damage == "no __init__.py":
        (folder / "__init__.py").unlink()
    elif damage == "no yaml":
        (folder / "create_before_destroy.yaml").unlink()
    elif damage == "empty":
        shutil.rmtree(folder)
    else:
        (folder / "broken.py").write_text("import nothing_of_this_name\n")
    write(tmp_path, platform())
    document = tmp_path / "stacks" / "prod-state" / "cdk.tf.json"
    done = subprocess.run([sys.executable, "-c", _LOAD, document, folder], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.stdout.strip() == "['check-not-loaded']", done.stderr


def test_a_scan_opens_no_connection(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError("the scan tried to reach the network")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    assert scan_documents(tmp_path, platform()).ok
