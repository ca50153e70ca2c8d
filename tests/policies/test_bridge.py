"""checkov sees resources in a form of its own; a rule must answer the same there."""

from __future__ import annotations

from pathlib import Path

import pytest

from policies.catalog import graph_checks, rules
from policies.estate import Document, Estate
from policies.rule import Answer
from slipway.scan import checkov_runs
from slipway.scan.addresses import addresses
from tests.policies.planted import CONFIG, MODEL, Case, Change, drop, put
from tests.policies.platform import Documents, platform
from tests.policies.test_planted import ALL
from tests.scan.support import write

ALONE = [rule.id for rule in rules().values() if rule.alone]
CASES = [pytest.param(name, case, id=f"{name}-{case.label}") for name in ALONE for case in ALL[name]]


def checkov_answers(documents: Documents, out: Path) -> dict[tuple[str, str, str], bool]:
    """(check, stack, address) -> passed, as checkov says."""
    write(out, documents)
    files = {str((out / "stacks" / stack / "cdk.tf.json").resolve()): Document(stack, content) for stack, content in documents.items()}
    records, problems = checkov_runs.run([Path(file) for file in files], "terraform_json", only=[*ALONE, *graph_checks()])
    assert not problems
    return {
        (record.check, files[record.file].stack, address): record.passed
        for record in records
        for address in addresses(record, files[record.file])
    }


def own_answers(documents: Documents) -> dict[tuple[str, str, str], bool]:
    """The same from the rules themselves."""
    estate = Estate(tuple(Document(stack, content) for stack, content in documents.items()), "prod", production=True)
    return {
        (rule.id, resource.document.stack, resource.address): rule.judge(resource, estate).answer in (Answer.PASS, Answer.NOT_APPLICABLE)
        for rule in rules().values()
        if rule.alone
        for resource in estate.resources(*rule.applies_to)
    }


def assert_same(documents: Documents, out: Path) -> None:
    ours = own_answers(documents)
    theirs = {key: passed for key, passed in checkov_answers(documents, out).items() if key[0] in ALONE}
    assert theirs == ours


def test_the_same_answers_on_the_clean_platform(tmp_path: Path) -> None:
    assert_same(platform(), tmp_path)


@pytest.mark.parametrize(("name", "case"), CASES)
def test_the_same_answers_on_a_violation(name: str, case: Case, tmp_path: Path) -> None:
    documents = platform()
    case.change(documents)
    assert_same(documents, tmp_path)


_VARIANT = {"variant_name": "main", "instance_type": "ml.m5.large", "initial_instance_count": 2}
_CONTAINER = {"image": "x@sha256:" + "c" * 64}


@pytest.mark.parametrize("count", [0, 1, 2])
@pytest.mark.parametrize(
    "change",
    [
        lambda n: put(CONFIG, "production_variants", [_VARIANT] * n),
        lambda n: put(CONFIG, "shadow_production_variants", [_VARIANT] * n),
        lambda n: put(MODEL, "container", [_CONTAINER] * n),
        lambda n: put(MODEL, "lifecycle", [{"create_before_destroy": True}] * min(n, 1)),
    ],
    ids=["variants", "shadows", "containers", "lifecycle"],
)
def test_lists_of_every_length(change: Change, count: int, tmp_path: Path) -> None:
    documents = platform()
    change(count)(documents)
    assert_same(documents, tmp_path)


@pytest.mark.parametrize(
    ("lifecycle", "passes"),
    [
        (None, False),
        ([], False),
        ({}, False),
        ({"create_before_destroy": True}, True),
        ([{"create_before_destroy": True}], True),
        ({"create_before_destroy": True, "ignore_changes": []}, True),
        ({"create_before_destroy": True, "ignore_changes": ["tags"]}, True),
        ({"create_before_destroy": True, "ignore_changes": ["tags", "name"]}, True),
        ({"create_before_destroy": False, "ignore_changes": ["tags", "name"]}, False),
    ],
)
def test_the_graph_check_with_lists_of_every_length(lifecycle: object, passes: bool, tmp_path: Path) -> None:
    documents = platform()
    (drop(MODEL, "lifecycle") if lifecycle is None else put(MODEL, "lifecycle", lifecycle))(documents)
    assert checkov_answers(documents, tmp_path)["CKV2_SLIPWAY_11", "prod-serving", MODEL] is passes
