"""The lists that must agree with each other and with checkov."""

from __future__ import annotations

import re
from pathlib import Path

from ruamel.yaml import YAML

from policies.catalog import graph_checks, rules
from slipway.scan import checkov_runs
from slipway.scan.coverage import required, skips
from slipway.scan.rules_page import rules_page

ROOT = Path(__file__).resolve().parents[2]


def test_bare_checkov_skips_what_the_scan_skips() -> None:
    config = YAML(typ="safe").load(ROOT / ".checkov.yaml")
    assert config["skip-check"] == list(skips())
    assert config["external-checks-dir"] == ["policies/checks"]
    assert config["framework"] == ["terraform_json"]


def test_the_list_of_skips_is_short_and_reasoned() -> None:
    assert len(skips()) <= 28
    assert all(len(reason) > 40 for reason in skips().values())
    mentioned = {rule for reason in skips().values() for rule in re.findall(r"CKV_SLIPWAY_\d+", reason)}
    assert mentioned <= set(rules())


def test_no_required_answer_is_skipped_or_unknown_to_checkov() -> None:
    wanted = {check for kind in ("source", "plan") for checks in required(kind).values() for check in checks}
    assert not wanted & set(skips())
    checkov_runs.run([], "terraform_json")
    assert wanted <= checkov_runs._known_ids()


def test_ids_and_texts_are_whole() -> None:
    for name, rule in rules().items():
        assert re.fullmatch(r"CKV_SLIPWAY_\d+", name)
        assert rule.title.startswith("Ensure ") and rule.why and rule.fix and rule.applies_to
        assert rule.severity in ("high", "medium", "low")
    for name, check in graph_checks().items():
        assert re.fullmatch(r"CKV2_SLIPWAY_\d+", name)
        assert check.title.startswith("Ensure ") and check.why and check.fix and check.applies_to


def test_the_rules_page_is_up_to_date() -> None:
    assert (ROOT / "policies" / "RULES.md").read_text(encoding="utf-8") == rules_page(), "run `slipway docs`"
