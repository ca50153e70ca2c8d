"""What `load_test` names must exist, and its case file must be one: told with place and reason when the environment is read."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from slipway.config.load import load_environment
from slipway.config.problems import ConfigErrors
from tests.config.full import full
from tests.config.support import project

USAGE = {"kind": "api_key", "usage_plans": {"plan": {"keys": ["team-a"], "rate_limit": 5, "burst_limit": 5}}}


def said(folder: Path, written: str | None = None, api: dict[str, Any] | None = None, **options: Any) -> str:
    data = full()
    data["load_test"] |= options
    del data["api"]
    if api is not None:
        data["api"] = api
    root = project(folder, case=json.dumps(data, indent=1))
    if written is not None:
        (root / "cases.yaml").write_text(written)
    try:
        load_environment("case", root)
    except ConfigErrors as error:
        return "\n".join(str(problem).partition(" ")[2] for problem in error.problems)
    return ""


def target(**options: Any) -> dict[str, Any]:
    return {"target": {"name": "wine", **options}}


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        (target(name="wnie"), "load_test.target.name: unknown endpoint 'wnie'; did you mean wine?"),
        (
            target(name="batch"),
            "load_test.target.name: endpoint batch is asynchronous: it answers no request directly, so none can be timed",
        ),
        (target(target_variant="nxet"), "load_test.target.target_variant: unknown variant 'nxet'; did you mean next?"),
        (target(kind="api"), "load_test.target.kind: the environment has no `api`; test the endpoint itself with kind: endpoint"),
        ({"cases": ["pong"]}, "load_test.case_file: cases.yaml has no case 'pong'; did you mean ping?; choose cases by their names"),
        ({"case_file": "other.yaml"}, "load_test.case_file: "),
        (
            {"case_file": "../cases.yaml"},
            "load_test.case_file: ../cases.yaml is not below the project's folder; name a file of the project",
        ),
        ({"case_file": "/cases.yaml"}, "load_test.case_file: /cases.yaml is not below the project's folder; name a file of the project"),
    ],
)
def test_what_is_named_must_exist(options: dict[str, Any], problem: str, tmp_path: Path) -> None:
    found = said(tmp_path, **options)
    assert found == problem or (problem.endswith(": ") and found.startswith(problem))


@pytest.mark.parametrize(
    ("authorization", "options", "problem"),
    [
        ({"kind": "aws_iam"}, {}, ""),
        ({"kind": "open"}, {}, ""),
        ({"kind": "aws_iam"}, {"name": "quiet"}, "load_test.target.name: unknown endpoint of the API 'quiet'; known: wine"),
        (
            {"kind": "aws_iam"},
            {"api_key": "team-a"},
            "load_test.target.api_key: the API asks for no key (authorization aws_iam); leave it out",
        ),
        (USAGE, {"api_key": "team-a"}, ""),
        (USAGE, {}, "load_test.target.api_key: the API asks for a key: name one of team-a"),
        (
            {"kind": "cognito", "provider_arns": ["arn:aws:cognito-idp:eu-west-1:123456789012:userpool/eu-west-1_abc"]},
            {},
            "load_test.target.kind: the API asks for a token of a user pool, and a load tester has none; use kind: endpoint",
        ),
    ],
)
def test_an_api_must_offer_the_endpoint_and_get_what_it_asks_for(
    authorization: dict[str, Any], options: dict[str, Any], problem: str, tmp_path: Path
) -> None:
    api = {"endpoints": {"wine": {}}, "authorization": authorization}
    assert said(tmp_path, api=api, **target(kind="api", **options)) == problem


@pytest.mark.parametrize(
    ("cases", "problem"),
    [
        ("version: 1\ncases: []\n", "load_test.case_file: cases.yaml:2:1 cases: "),
        (
            "version: 1\ncases:\n  - { name: ping, expect: { staus: 200 } }\n",
            "load_test.case_file: cases.yaml:3:29 cases[0].expect.staus: ",
        ),
        (
            "version: 1\ncases:\n  - { name: ping, path: /ping, method: GET, expect: { status: 200 } }\n",
            "load_test.case_file: cases.yaml has no case for POST /invocations; an endpoint can be sent nothing else",
        ),
    ],
)
def test_the_case_file_must_be_one(cases: str, problem: str, tmp_path: Path) -> None:
    found = said(tmp_path, cases, cases=[])
    assert problem in found.replace(f"{tmp_path.as_posix()}/", "")


def test_case_names_must_be_what_cloudwatch_takes(tmp_path: Path) -> None:
    found = said(tmp_path, "version: 1\ncases:\n  - { name: süß, expect: { status: 200 } }\n", cases=[])
    assert "case 'süß': its name is a dimension in CloudWatch, which takes printable ASCII" in found


def test_everything_right_says_nothing(tmp_path: Path) -> None:
    assert said(tmp_path) == ""
