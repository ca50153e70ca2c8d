"""Every policy finds what is planted for it, and nothing else changes."""

from __future__ import annotations

from pathlib import Path

import pytest

from policies.catalog import graph_checks, rules
from tests.policies import (
    planted_api,
    planted_delivery,
    planted_fargate,
    planted_hosting,
    planted_network,
    planted_observability,
    planted_operations,
    planted_training,
)
from tests.policies.planted import PLANTED, Case
from tests.policies.platform import platform
from tests.scan.support import rules_found, scan_documents

TOPICS = (
    PLANTED,
    planted_api.PLANTED,
    planted_delivery.PLANTED,
    planted_fargate.PLANTED,
    planted_hosting.PLANTED,
    planted_network.PLANTED,
    planted_observability.PLANTED,
    planted_operations.PLANTED,
    planted_training.PLANTED,
)
ALL = {rule: cases for topic in reversed(TOPICS) for rule, cases in topic.items()}
"""By rule; where two topics have cases for one rule, those of `planted`, which need nothing but the clean platform."""
CASES = [pytest.param(rule, case, id=f"{rule}-{case.label}") for topic in TOPICS for rule, cases in topic.items() for case in cases]


def test_every_policy_has_a_planted_violation() -> None:
    assert set(ALL) == {*rules(), *graph_checks()}


def test_the_clean_platform_passes(tmp_path: Path) -> None:
    report = scan_documents(tmp_path, platform())
    assert report.ok, (report.findings, report.problems)
    assert report.coverage.stacks == ("prod-serving", "prod-shared", "prod-state")
    assert report.coverage.resources >= 50


@pytest.mark.parametrize(("rule", "case"), CASES)
def test_a_planted_violation_is_found(rule: str, case: Case, tmp_path: Path) -> None:
    documents = platform()
    case.change(documents)
    report = scan_documents(tmp_path, documents)
    assert rules_found(report) == {rule, *case.builtin}
    found = {finding.resource for finding in report.findings if finding.rule == rule}
    assert case.resource in found
    assert all(finding.title and finding.fix and finding.line >= 1 for finding in report.findings if finding.rule == rule)


@pytest.mark.parametrize("rule", [rule.id for rule in rules().values() if rule.production_only])
def test_production_rules_leave_other_environments_alone(rule: str, tmp_path: Path) -> None:
    documents = {}
    for stack, content in platform().items():
        content["provider"]["aws"][0]["default_tags"][0]["tags"]["environment"] = "dev"
        documents[stack.replace("prod", "dev")] = content
    renamed = {stack.replace("dev", "prod"): content for stack, content in documents.items()}
    ALL[rule][0].change(renamed)
    report = scan_documents(tmp_path, {stack.replace("prod", "dev"): content for stack, content in renamed.items()}, environment="dev")
    assert rule not in rules_found(report)
