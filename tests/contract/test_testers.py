"""Load testers judge answers exactly as every other user of the case file does, from the JSON that they carry."""

from __future__ import annotations

from pathlib import Path

import pytest

from modules.load_test.cases import dump, parse
from modules.load_test.spec import EndpointTarget, LoadTestSpec
from slipway.contract.cases import load_cases
from slipway.contract.testers import cases_of_testers

ROOT = Path(__file__).resolve().parents[2]
EVERY_KIND = """
version: 1
cases:
  - { name: json, content_type: text/csv, accept: application/json, headers: { X-Own: "1" }, body: "1,2",
      expect: { content_type: application/json, json: { a: [1.5, { b: null }] }, tolerance: 0.01 } }
  - { name: text, body_base64: AAH/, expect: { text: "a,1.5", tolerance: 0.01 } }
  - { name: bytes, expect: { status: 201, base64: AAH/ } }
  - { name: status, expect: { status: 400 } }
  - { name: ping, method: GET, path: /ping, expect: { status: 200 } }
"""
ANSWERS = [
    (status, content_type, body)
    for status in (200, 201, 400)
    for content_type in (None, "application/json", "application/json; charset=utf-8", "text/csv")
    for body in (
        b"",
        b'{"a": [1.501, {"b": null}]}',
        b'{"a": [1.6, {"b": null}]}',
        b'{"a": NaN}',
        b"a,1.505\n",
        b"a,2",
        b"\x00\x01\xff",
        b"\xff",
    )
]


def spec(file: str = "cases.yaml", *cases: str) -> LoadTestSpec:
    return LoadTestSpec(target=EndpointTarget(name="wine"), case_file=file, cases=cases)


@pytest.mark.parametrize("file", ["cases.yaml", "examples/wine/cases.yaml"])
def test_the_same_verdict_on_every_answer(file: str, tmp_path: Path) -> None:
    root = ROOT if "wine" in file else tmp_path
    (tmp_path / "cases.yaml").write_text(EVERY_KIND)
    carried = {case.name: case for case in parse(dump(cases_of_testers(spec(file), root)))}
    different = 0
    for case in load_cases(root / file):
        if case.path != "/invocations":
            assert case.name not in carried
            continue
        for answer in ANSWERS:
            verdict = case.check(*answer)
            assert carried[case.name].difference(*answer) == verdict
            different += verdict is not None
    assert 0 < different < len(ANSWERS) * len(carried)


def test_what_is_sent_survives_the_way_into_the_package(tmp_path: Path) -> None:
    (tmp_path / "cases.yaml").write_text(EVERY_KIND)
    cases = cases_of_testers(spec(), tmp_path)
    assert parse(dump(cases)) == cases
    assert cases[0].headers == {"Content-Type": "text/csv", "Accept": "application/json", "X-Own": "1"}
    assert (cases[0].body, cases[1].body) == (b"1,2", b"\x00\x01\xff")


def test_cases_are_chosen_by_name_in_that_order(tmp_path: Path) -> None:
    (tmp_path / "cases.yaml").write_text(EVERY_KIND)
    assert [case.name for case in cases_of_testers(spec("cases.yaml", "status", "text"), tmp_path)] == ["status", "text"]
    assert [case.name for case in cases_of_testers(spec(), tmp_path)] == ["json", "text", "bytes", "status"]
