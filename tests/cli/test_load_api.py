"""`slipway load` through the local API: signed requests count, unsigned ones are refused."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from slipway.config.load import load_environment
from slipway.project import project_root
from tests.cli.support import Slipway
from tests.cli.test_invoke_api import configured
from tests.contract.support import CASES
from tests.invoke.fronted import Front, front_spec
from tests.invoke.served import serving

LOAD = ("load", "dev", "wine", "--local", "--through", "api", "--processes", "1", "--rate", "30", "--duration", "1s", "--json")


@pytest.fixture(scope="module")
def front(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Front]:
    with serving(tmp_path_factory.mktemp("served")) as there:
        yield Front(there.client, front_spec())


@pytest.fixture(autouse=True)
def _configured(front: Front, monkeypatch: pytest.MonkeyPatch) -> None:
    """The shipped environment, with the API in it."""
    configured(monkeypatch, front.spec)


def test_signed_requests_are_answered_by_the_model(slipway: Slipway, tmp_path: Path) -> None:
    cases = tmp_path / "cases.yaml"
    refused = "{ name: half, body: '{', content_type: application/json, expect: { status: 400, content_type: text/plain } }"
    cases.write_text(CASES.read_text().replace("cases:\n", f"cases:\n  - {refused}\n"))
    report = json.loads(slipway(*LOAD, "--cases", str(cases), "--case", "half", "--case", "some numbers").out)
    assert report["requests"]["ok"] == report["requests"]["sent"] == 30, report["problems"]
    assert report["statuses"] == {"200": 15, "400": 15} and report["target"]["auth"] == "aws_iam"
    assert report["target"]["name"] == "wine through slipway-dev-api" and report["variants"] == {"main": 15}


def test_an_unsigned_request_is_refused(slipway: Slipway) -> None:
    signed = json.loads(slipway(*LOAD, "--cases", str(CASES)).out)
    url = signed["target"]["url"]
    given = ("--cases", str(CASES), "--rate", "10", "--duration", "1s", "--json", "--local")
    done = slipway("load", "dev", url, *given, "--auth", "open")
    found = json.loads(done.out)
    assert done.code == 1 and found["requests"]["refused"] == 10 and found["statuses"] == {"403": 10}
    again = json.loads(slipway("load", "dev", url, *given).out)
    assert again["target"]["auth"] == "aws_iam" and again["requests"]["ok"] == 10


def test_what_the_api_does_not_offer(slipway: Slipway, monkeypatch: pytest.MonkeyPatch) -> None:
    done = slipway("load", "dev", "churn", *LOAD[3:-1], "--cases", str(CASES))
    assert done.code == 2 and "does not offer churn" in done.err
    configured(monkeypatch, None)
    assert load_environment("dev", project_root()).api is None
    done = slipway(*LOAD[:-1], "--cases", str(CASES))
    assert done.code == 2 and "dev has no API" in done.err
