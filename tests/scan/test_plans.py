"""What only a plan can show."""

from __future__ import annotations

import json
from pathlib import Path

from tests.policies.platform import platform, policy
from tests.scan.plan import plan
from tests.scan.support import codes, scan_documents

_WIDE = policy({"Effect": "Allow", "Action": ["s3:PutObject", "iam:PassRole"], "Resource": "*"})


def test_a_wide_policy_is_found_on_the_plan(tmp_path: Path) -> None:
    file = tmp_path / "plan.json"
    file.write_text(json.dumps(plan(("aws_iam_role_policy", "wine_permissions", {"name": "x", "policy": _WIDE}))))
    report = scan_documents(tmp_path / "out", platform(), plans={"prod-shared": file})
    found = {(finding.rule, finding.resource, finding.seen_in) for finding in report.findings}
    address = "aws_iam_role_policy.wine_permissions"
    assert {("CKV_AWS_290", address, "plan"), ("CKV_AWS_355", address, "plan")} <= found
    assert {finding.stack for finding in report.findings} == {"prod-shared"}
    assert report.coverage.plans == ("prod-shared",)
    assert not report.problems


def test_an_open_key_is_found_on_the_plan_too(tmp_path: Path) -> None:
    file = tmp_path / "plan.json"
    open_policy = policy({"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "kms:Decrypt", "Resource": "*"})
    file.write_text(json.dumps(plan(("aws_kms_key", "data_key", {"policy": open_policy, "enable_key_rotation": True}))))
    report = scan_documents(tmp_path / "out", platform(), plans={"prod-shared": file})
    assert {(finding.rule, finding.resource) for finding in report.findings} == {("CKV_AWS_33", "aws_kms_key.data_key")}


def test_a_policy_that_the_plan_does_not_know_needs_no_answer(tmp_path: Path) -> None:
    file = tmp_path / "plan.json"
    file.write_text(json.dumps(plan(("aws_iam_role_policy", "wine_permissions", {"name": "x"}))))
    report = scan_documents(tmp_path / "out", platform(), plans={"prod-shared": file})
    assert "record-missing" not in codes(report)


def test_a_plan_that_cannot_be_read_is_an_error(tmp_path: Path) -> None:
    for text in ("", "{", "[]", "{}", json.dumps({"format_version": "1.2"})):
        file = tmp_path / "plan.json"
        file.write_text(text)
        report = scan_documents(tmp_path / "out", platform(), plans={"prod-shared": file})
        assert codes(report) == {"plan-not-read"}
    missing = scan_documents(tmp_path / "out", platform(), plans={"prod-shared": tmp_path / "none.json"})
    assert codes(missing) == {"plan-not-read"}
