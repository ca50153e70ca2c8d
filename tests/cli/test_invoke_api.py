"""`slipway invoke --through api`: signed requests through the local API to endpoints that really run."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from modules.api.spec import ApiSpec
from slipway.config import load
from slipway.invoke.api import api_url, expected_through_api
from tests.cli.support import Slipway
from tests.contract.support import CASES
from tests.invoke.fronted import Front, front_spec
from tests.invoke.served import serving

BODY = '{"numbers": [1, 2.5]}'
ARGUMENTS = ("invoke", "dev", "wine", "--local", "--through", "api")


@pytest.fixture(scope="module")
def front(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Front]:
    with serving(tmp_path_factory.mktemp("served")) as there:
        yield Front(there.client, front_spec())


@pytest.fixture(autouse=True)
def _configured(front: Front, monkeypatch: pytest.MonkeyPatch) -> None:
    """The shipped environment, with the API in it."""
    configured(monkeypatch, front.spec)


def configured(monkeypatch: pytest.MonkeyPatch, spec: ApiSpec | None) -> None:
    original = load.load_environment

    def with_api(*asked: Any) -> Any:
        return original(*asked).model_copy(update={"api": spec})

    monkeypatch.setattr(load, "load_environment", with_api)


def test_one_answer(slipway: Slipway) -> None:
    done = slipway(*ARGUMENTS, "--body", BODY)
    assert (done.code, json.loads(done.out)) == (0, {"results": [3.0, 7.5]})
    assert "200 application/json, variant main," in done.err


def test_variant_and_csv(slipway: Slipway) -> None:
    options = ("--variant", "other", "--content-type", "text/csv", "--accept", "text/csv", "--json")
    found = json.loads(slipway(*ARGUMENTS, "--body", "1,2", *options).out)
    assert (found["body"], found["variant"], found["content_type"]) == ("5,10\n", "other", "text/csv")


def test_many_requests(slipway: Slipway) -> None:
    found = json.loads(slipway(*ARGUMENTS, "--body", BODY, "--repeat", "20", "--concurrency", "4", "--json").out)
    assert (found["requests"], found["failed"], found["variants"]) == (20, 0, {"main": 20})
    failed = slipway(*ARGUMENTS, "--body", "{", "--repeat", "3")
    assert failed.code == 1 and "3 requests failed; the first: 400" in failed.err


def test_an_answer_that_is_no_prediction(slipway: Slipway) -> None:
    done = slipway(*ARGUMENTS, "--body", '{"numbers": ["a"]}', "--json")
    error = json.loads(done.out)["error"]
    assert done.code == 1 and error["status"] == 400 and json.loads(error["body"])["error"]["code"] == "MODEL_REFUSED"
    missing = slipway("invoke", "dev", "nothing", "--local", "--through", "api", "--body", BODY)
    assert missing.code == 1 and "answered 404" in missing.err and "deploy the endpoint" in missing.err


def test_the_cases_of_the_container(slipway: Slipway, tmp_path: Path) -> None:
    quick = tmp_path / "cases.yaml"
    refused = "  - { name: refused, content_type: application/json, body: '{', expect: { status: 400, content_type: text/plain } }\n"
    ping = "  - { name: ping, method: GET, path: /ping, expect: {} }\n"
    quick.write_text(CASES.read_text().partition("  - name: busy for a while")[0] + refused + ping)
    done = slipway(*ARGUMENTS, "--cases", str(quick), "--json")
    found = json.loads(done.out)
    assert done.code == 0 and [case["verdict"] for case in found["cases"]] == ["pass"] * 4 + ["not applicable"]
    assert slipway(*ARGUMENTS, "--cases", str(quick), "--variant", "other").code == 1


def test_an_endpoint_that_is_not_offered(slipway: Slipway) -> None:
    done = slipway("invoke", "dev", "wnie", "--local", "--through", "api", "--body", BODY)
    assert done.code == 2 and "the API of dev does not offer wnie" in done.err and "wine" in done.err


@pytest.mark.parametrize("arguments", [("--through", "api", "--async"), ("--api-key", "x"), ("--token", "x")])
def test_options_that_do_not_go_together(slipway: Slipway, arguments: tuple[str, ...]) -> None:
    done = slipway("invoke", "dev", "wine", "--local", "--body", BODY, *arguments)
    assert done.code == 2 and "fix: " in done.err


def test_environments_without_what_it_needs(slipway: Slipway, monkeypatch: pytest.MonkeyPatch) -> None:
    configured(monkeypatch, None)
    done = slipway(*ARGUMENTS, "--body", BODY)
    assert done.code == 2 and "dev has no API" in done.err
    plans = {"partners": {"keys": ["acme"], "rate_limit": 5, "burst_limit": 5}}
    configured(monkeypatch, front_spec(authorization={"kind": "api_key", "usage_plans": plans}))
    assert "wants a key" in slipway(*ARGUMENTS, "--body", BODY).err
    pools = ["arn:aws:cognito-idp:eu-west-1:111111111111:userpool/eu-west-1_abc"]
    configured(monkeypatch, front_spec(authorization={"kind": "cognito", "provider_arns": pools}))
    assert "wants a token" in slipway(*ARGUMENTS, "--body", BODY).err


def test_an_api_that_is_not_deployed(slipway: Slipway, front: Front, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("slipway.invoke.api.api_name", lambda naming: naming.name("elsewhere"))
    done = slipway(*ARGUMENTS, "--body", BODY)
    assert done.code == 1 and "there is no API slipway-dev-elsewhere in account 111111111111" in done.err


def test_addresses() -> None:
    assert api_url("abc", "eu-west-1", "prod") == "https://abc.execute-api.eu-west-1.amazonaws.com/prod"
    assert api_url("abc", "cn-north-1", "prod") == "https://abc.execute-api.cn-north-1.amazonaws.com.cn/prod"
    assert api_url("abc", "eu-west-1", "prod", "http://127.0.0.1:5000/") == "http://127.0.0.1:5000/restapis/abc/prod/_user_request_"


@pytest.mark.parametrize(("container", "api"), [(200, 200), (400, 400), (404, 424), (500, 502), (503, 503), (504, 504)])
def test_what_the_api_makes_of_a_containers_answer(container: int, api: int) -> None:
    from modules._shared.expected import Expected

    wanted = Expected(status=container, content_type="text/plain")
    assert expected_through_api(wanted) == (wanted if container == 200 else Expected(status=api))


def test_a_key(tmp_path: Path, slipway: Slipway, monkeypatch: pytest.MonkeyPatch, front: Front) -> None:
    """A second API beside the first, with keys: the key's name in the plan is enough."""
    plans = {"partners": {"keys": ["acme"], "rate_limit": 5, "burst_limit": 5}}
    spec = front_spec(authorization={"kind": "api_key", "usage_plans": plans})
    gateway, functions = front.client("apigateway"), front.client("lambda")
    gateway.delete_rest_api(restApiId=front.id)
    functions.delete_function(FunctionName="slipway-dev-api")
    front.client("iam").delete_role(RoleName="api-function")
    front.client("logs").delete_log_group(logGroupName="/aws/apigateway/slipway-dev-api/access")
    Front(front.client, spec)
    configured(monkeypatch, spec)
    assert slipway(*ARGUMENTS, "--body", BODY, "--api-key", "acme").code == 0
    refused = slipway(*ARGUMENTS, "--body", BODY, "--api-key", "nobody")
    assert refused.code == 1 and "answered 403" in refused.err
