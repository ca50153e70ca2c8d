"""Choice of clauses, catalogue, reports."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import pytest

from slipway.contract.catalogue import SERVING, TRAINING, chosen
from slipway.contract.clause import clause, failed, not_applicable, passed
from slipway.contract.report import Report, Result
from slipway.errors import InputError
from tests.contract.support import QUICK, check_serving


def ids(**options: tuple[str, ...]) -> list[str]:
    return [clause.id for clause in chosen(SERVING, **options)]


def test_every_clause_says_where_it_comes_from_and_what_to_do() -> None:
    clauses = [*SERVING, *TRAINING[1:]]
    assert len({clause.id for clause in clauses}) == len(clauses) >= 40
    for each in clauses:
        assert each.rule.name and each.rule.url.startswith("https://") and each.fix and each.title[0] in each.title


def test_choosing_clauses() -> None:
    assert ids(only=("SM-PING",)) == ["SM-PING-01", "SM-PING-02", "SM-PING-03", "SM-PING-04"]
    assert ids(only=("sm-ping-02", "SM-IMAGE-01")) == ["SM-IMAGE-01", "SM-PING-02"]
    assert "SM-LOG-01" not in ids(skip=("SM-LOG-01",)) and len(ids(skip=("SM-LOG-01",))) == len(SERVING) - 1
    with pytest.raises(InputError, match="no clause SM-PNG-01; did you mean SM-PING-01"):
        ids(only=("SM-PNG-01",))
    with pytest.raises(InputError, match="no clause is left"):
        ids(only=("SM-LOG-01",), skip=("SM-LOG",))


def test_the_forms_of_a_report() -> None:
    made = clause("SM-X-01", "it works", SERVING[0].rule, fix="do it")(lambda _: passed(""))
    results = (Result(made, passed("fine"), 0.5), Result(made, failed("no \x00 <way>"), 0.25), Result(made, not_applicable("why"), 0))
    report = Report("thing", results)
    assert report.failed == ["SM-X-01"]
    document = json.loads(json.dumps(report.as_dict()))
    assert document["counts"] == {"pass": 1, "fail": 1, "not_applicable": 1}
    assert document["clauses"][1]["fix"] == "do it" and "fix" not in document["clauses"][0]
    suite = ElementTree.fromstring(report.junit().encode()).find("testsuite")
    assert suite is not None and suite.attrib["failures"] == "1" and suite.attrib["skipped"] == "1" and suite.attrib["tests"] == "3"
    assert [child.tag for case in suite for child in case] == ["system-out", "failure", "skipped"]
    assert suite[1][0].attrib["message"] == "no ? <way>"


def test_a_connection_that_takes_too_long(tmp_path: Path) -> None:
    report = check_serving(tmp_path / "x", settings=replace(QUICK, connect=0.0), only=("SM-PING-04",))
    assert report.failed == ["SM-PING-04"]
