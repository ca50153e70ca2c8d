"""The report as JSON and SARIF, and the addresses in it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from slipway.scan.report import Report
from tests.policies.planted import KEY, MODEL, both, put
from tests.policies.platform import platform
from tests.scan.support import Config, Entry, Name, scan_documents


@pytest.fixture
def report(tmp_path: Path) -> Report:
    documents = platform()
    both(put(MODEL, "primary_container.image", "repository:latest"), put(KEY, "enable_key_rotation", False))(documents)
    return scan_documents(tmp_path, documents, Entry("CKV_SLIPWAY_9", MODEL), Entry("CKV_SLIPWAY_1", "*"))


def test_addresses_are_terraforms(report: Report) -> None:
    assert {(finding.rule, finding.resource) for finding in report.findings} == {("CKV_AWS_7", KEY)}


def test_json_is_plain_data(report: Report) -> None:
    data: dict[str, Any] = json.loads(json.dumps(report.to_json()))
    assert data["ok"] is False
    assert data["findings"][0]["resource"] == KEY
    assert data["coverage"]["stacks"] == ["prod-serving", "prod-shared", "prod-state"]


def test_sarif_is_what_code_scanning_reads(report: Report) -> None:
    log = json.loads(json.dumps(report.to_sarif()))
    assert log["version"] == "2.1.0"
    assert log["$schema"].endswith("sarif-2.1.0.json")
    (run,) = log["runs"]
    rules = run["tool"]["driver"]["rules"]
    assert len({rule["id"] for rule in rules}) == len(rules)
    for rule in rules:
        assert rule["shortDescription"]["text"] and rule["fullDescription"]["text"] and rule["help"]["text"]
    for result in run["results"]:
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
        assert result["level"] in ("error", "warning", "note")
        (location,) = result["locations"]
        assert location["physicalLocation"]["artifactLocation"]["uri"].startswith("file:///")
        assert location["physicalLocation"]["region"]["startLine"] >= 1
        assert result["partialFingerprints"]
    suppressed = [result for result in run["results"] if result.get("suppressions")]
    assert [result["ruleId"] for result in suppressed] == ["CKV_SLIPWAY_9"]
    assert "agreed with security" in suppressed[0]["suppressions"][0]["justification"]
    (invocation,) = run["invocations"]
    assert invocation["executionSuccessful"] is False
    assert invocation["toolExecutionNotifications"][0]["descriptor"]["id"] == "acknowledgement-unused"


def test_a_location_is_the_resources_line(report: Report) -> None:
    (finding,) = report.findings
    line = Path(finding.file).read_text().splitlines()[finding.line - 1]
    accepted = report.acknowledged[0].finding
    assert '"data_key"' in line
    assert '"wine_model"' in Path(accepted.file).read_text().splitlines()[accepted.line - 1]


def test_two_types_with_one_logical_id_keep_their_findings_apart(tmp_path: Path) -> None:
    documents = platform()
    resources = documents["prod-shared"]["resource"]
    resources["aws_kms_alias"] = {"data_key": {"name": "alias/x", "target_key_id": "k"}}
    resources["aws_kms_key"]["data_key"]["enable_key_rotation"] = False
    found = {(finding.rule, finding.resource) for finding in scan_documents(tmp_path, documents).findings}
    assert found == {("CKV_AWS_7", "aws_kms_key.data_key"), ("CKV_SLIPWAY_29", "terraform.stack")}


@pytest.mark.parametrize(
    ("name", "said", "expected"), [("prod", None, True), ("prod-eu", None, True), ("product", None, False), ("staging", None, False)]
)
def test_which_environments_are_production(name: str, said: bool | None, expected: bool) -> None:
    from slipway.scan.scan import is_production

    assert is_production(Config(Name(name), production=said)) is expected
    assert is_production(Config(Name(name), production=not expected)) is not expected
