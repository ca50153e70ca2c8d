"""Accepted findings: by rule and resource, with a reason, until a day."""

from __future__ import annotations

import datetime
from pathlib import Path

import pytest

from tests.policies.planted import MODEL, put
from tests.policies.platform import Documents, platform
from tests.scan.support import TODAY, Entry, codes, rules_found, scan_documents


@pytest.fixture
def tagged() -> Documents:
    documents = platform()
    put(MODEL, "primary_container.image", "repository:latest")(documents)
    return documents


@pytest.mark.parametrize("resource", [MODEL, "aws_sagemaker_model.*", "*"])
def test_an_accepted_finding_does_not_fail(resource: str, tagged: Documents, tmp_path: Path) -> None:
    report = scan_documents(tmp_path, tagged, Entry("CKV_SLIPWAY_9", resource))
    assert report.ok
    (accepted,) = report.acknowledged
    assert (accepted.finding.rule, accepted.reason, accepted.expires) == ("CKV_SLIPWAY_9", "agreed with security", "2027-01-01")


def test_it_holds_on_its_last_day_and_not_after(tagged: Documents, tmp_path: Path) -> None:
    assert scan_documents(tmp_path, tagged, Entry("CKV_SLIPWAY_9", "*", expires=TODAY)).ok
    report = scan_documents(tmp_path, tagged, Entry("CKV_SLIPWAY_9", "*", expires=TODAY - datetime.timedelta(days=1)))
    assert rules_found(report) == {"CKV_SLIPWAY_9"}
    assert codes(report) == {"acknowledgement-expired"}


@pytest.mark.parametrize("entry", [Entry("CKV_SLIPWAY_1", "*"), Entry("CKV_SLIPWAY_9", "aws_sagemaker_model.other")])
def test_one_that_matches_nothing_fails(entry: Entry, tagged: Documents, tmp_path: Path) -> None:
    report = scan_documents(tmp_path, tagged, entry)
    assert rules_found(report) == {"CKV_SLIPWAY_9"}
    assert codes(report) == {"acknowledgement-unused"}


def test_one_without_reason_accepts_nothing(tagged: Documents, tmp_path: Path) -> None:
    report = scan_documents(tmp_path, tagged, Entry("CKV_SLIPWAY_9", "*", reason="  "))
    assert rules_found(report) == {"CKV_SLIPWAY_9"}
    assert codes(report) == {"acknowledgement-without-reason"}


def test_a_problem_cannot_be_accepted(tmp_path: Path) -> None:
    report = scan_documents(tmp_path, {}, Entry("CKV_SLIPWAY_9", "*"))
    assert codes(report) == {"nothing-scanned", "acknowledgement-unused"}
