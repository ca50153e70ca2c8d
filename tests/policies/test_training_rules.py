"""Rules about pipelines: the clean one passes, one that cannot be read is not taken for a good one."""

from __future__ import annotations

from pathlib import Path

from tests.policies.planted_training import clean, training_stack, unreadable
from tests.policies.platform import platform
from tests.scan.support import rules_found, scan_documents


def test_the_clean_pipeline_passes(tmp_path: Path) -> None:
    report = scan_documents(tmp_path, {**platform(), "prod-training": training_stack(clean())})
    assert report.ok, (report.findings, report.problems)


def test_a_definition_that_only_terraform_knows_fails(tmp_path: Path) -> None:
    documents = platform()
    unreadable(documents)
    assert rules_found(scan_documents(tmp_path, documents)) == {f"CKV_SLIPWAY_{number}" for number in (85, 86, 87)}
