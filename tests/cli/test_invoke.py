"""`slipway invoke` with endpoints that the local AWS really serves."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest

from tests.cli.support import Slipway
from tests.contract.support import CASES
from tests.invoke.served import Served, serving

BODY = '{"numbers": [1, 2.5]}'


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with serving(tmp_path_factory.mktemp("served")) as there:
        yield there


@pytest.fixture(autouse=True)
def _everywhere(served: Served) -> None:
    """Every test asks the local AWS."""


def test_one_answer(slipway: Slipway) -> None:
    done = slipway("invoke", "dev", "wine", "--local", "--body", BODY)
    assert (done.code, json.loads(done.out)) == (0, {"results": [3.0, 7.5]})
    assert "200 application/json, variant main," in done.err


def test_as_json_with_the_whole_name_and_a_variant(slipway: Slipway) -> None:
    done = slipway("invoke", "dev", "slipway-dev-wine", "--local", "--body", BODY, "--variant", "other", "--json")
    found = json.loads(done.out)
    assert done.code == 0 and json.loads(found["body"]) == {"results": [5.0, 12.5]}
    assert found["variant"] == "other" and found["latency_ms"] > 0 and found["endpoint"] == "slipway-dev-wine"


def test_a_body_from_a_file_and_from_standard_input(slipway: Slipway, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "body.csv").write_text("1,2\n")
    done = slipway(
        "invoke", "dev", "wine", "--local", "--body", f"@{tmp_path}/body.csv", "--content-type", "text/csv", "--accept", "text/csv"
    )
    assert (done.code, done.out) == (0, "3,6\n")
    monkeypatch.setattr("sys.stdin", SimpleNamespace(buffer=io.BytesIO(BODY.encode())))
    assert slipway("invoke", "dev", "wine", "--local", "--body", "-").out == '{"results": [3.0, 7.5]}\n'


def test_many_requests(slipway: Slipway) -> None:
    done = slipway("invoke", "dev", "wine", "--local", "--body", BODY, "--repeat", "20", "--concurrency", "4", "--json")
    found = json.loads(done.out)
    assert done.code == 0 and found["requests"] == 20 and found["failed"] == 0 and found["variants"] == {"main": 20}
    assert 0 < found["latency_ms"]["p50"] <= found["latency_ms"]["p99"]
    failed = slipway("invoke", "dev", "wine", "--local", "--body", "{", "--repeat", "3")
    assert failed.code == 1 and "3 requests failed; the first: 400" in failed.err


def test_a_model_error(slipway: Slipway) -> None:
    done = slipway("invoke", "dev", "wine", "--local", "--body", "{", "--json")
    error = json.loads(done.out)["error"]
    assert done.code == 1 and error["original_status"] == 400 and "numbers are expected" in error["original_message"]
    assert "answered 400" in error["message"] and "/aws/sagemaker/Endpoints/slipway-dev-wine" in error["fix"]


def test_no_such_endpoint(slipway: Slipway) -> None:
    done = slipway("invoke", "dev", "wnie", "--local", "--body", BODY)
    assert done.code == 2 and "no endpoint wnie in account 111111111111 (dev)" in done.err
    assert "did you mean wine? Endpoints there: broken, later, wine" in done.err


def test_an_endpoint_that_failed(slipway: Slipway) -> None:
    done = slipway("invoke", "dev", "broken", "--local", "--body", BODY)
    assert (
        done.code == 1
        and "endpoint slipway-dev-broken is Failed: " in done.err
        and "/aws/sagemaker/Endpoints/slipway-dev-broken" in done.err
    )


def test_an_unknown_variant(slipway: Slipway) -> None:
    done = slipway("invoke", "dev", "wine", "--local", "--body", BODY, "--variant", "nobody")
    assert done.code == 1 and "endpoint slipway-dev-wine: ValidationError" in done.err and "nobody" in done.err


@pytest.mark.parametrize("arguments", [(), ("--body", "x", "--cases", "y"), ("--async", "--body", "x", "--repeat", "2")])
def test_options_that_do_not_go_together(slipway: Slipway, arguments: tuple[str, ...]) -> None:
    done = slipway("invoke", "dev", "wine", "--local", *arguments)
    assert done.code == 2 and "fix: " in done.err


def test_an_asynchronous_endpoint(slipway: Slipway) -> None:
    done = slipway("invoke", "dev", "later", "--local", "--body", BODY, "--async", "--json")
    assert done.code == 0 and json.loads(json.loads(done.out)["body"]) == {"results": [3.0, 7.5]}
    wrong = slipway("invoke", "dev", "wine", "--local", "--body", BODY, "--async")
    assert wrong.code == 2 and "is not asynchronous" in wrong.err


def test_the_same_cases_with_an_asynchronous_endpoint(slipway: Slipway, tmp_path: Path) -> None:
    quick = tmp_path / "cases.yaml"
    quick.write_text(CASES.read_text().partition("  - name: busy for a while")[0])
    found = json.loads(slipway("invoke", "dev", "later", "--local", "--cases", str(quick), "--json").out)
    assert found["failed"] == [] and [case["verdict"] for case in found["cases"]] == ["pass"] * 3
    quick.write_text(quick.read_text().replace("[33, 36,", "[34, 36,"))
    done = slipway("invoke", "dev", "later", "--local", "--cases", str(quick), "--json")
    assert done.code == 1 and json.loads(done.out)["failed"]


def test_the_cases_of_the_container(slipway: Slipway, tmp_path: Path) -> None:
    quick = tmp_path / "cases.yaml"
    quick.write_text(CASES.read_text().partition("  - name: busy for a while")[0])
    done = slipway("invoke", "dev", "wine", "--local", "--cases", str(quick), "--json")
    found = json.loads(done.out)
    assert done.code == 0 and found["failed"] == [] and [case["verdict"] for case in found["cases"]] == ["pass"] * 3
    arguments = ("invoke", "dev", "wine", "--local", "--cases", str(quick), "--variant", "other")
    told, wrong = slipway(*arguments), slipway(*arguments, "--json")
    assert told.code == wrong.code == 1 and "0 of 3 cases" in told.out
    assert "$.results[0]: expected 3, got 5.0" in json.loads(wrong.out)["cases"][0]["problem"]


def test_cases_that_are_refused_and_that_cannot_be_sent(slipway: Slipway, tmp_path: Path) -> None:
    file = tmp_path / "cases.yaml"
    refused = "{ name: refused, content_type: application/json, body: '{', expect: { status: 400, content_type: application/json } }"
    file.write_text(f"version: 1\ncases:\n  - {refused}\n  - {{ name: ping, method: GET, path: /ping, expect: {{}} }}\n")
    done = slipway("invoke", "dev", "wine", "--local", "--cases", str(file), "--json")
    assert done.code == 0
    assert [case["verdict"] for case in json.loads(done.out)["cases"]] == ["pass", "not applicable"]
