"""What is wrong behind the function has its status, and never 200."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ConnectionClosedError, ConnectTimeoutError, ReadTimeoutError

from modules.api.function import handler, invoke
from tests.modules.api.events import Context, Stubs, answers, error, event, fails

pytestmark = pytest.mark.usefixtures("settings")


@pytest.mark.parametrize(
    ("failure", "status", "code"),
    [
        (("ValidationError", "Endpoint slipway-test-wine of account 111111111111 not found.", 400), 404, "ENDPOINT_NOT_FOUND"),
        (("ValidationError", "Variant x not found in endpoint slipway-test-wine of account 1.", 400), 400, "BAD_REQUEST"),
        (("ValidationError", "Endpoint slipway-test-wine is not in service: its status is Failed.", 400), 503, "ENDPOINT_UNAVAILABLE"),
        (("ValidationError", "1 validation error: Member must have length less than or equal to 6291456", 400), 413, "REQUEST_TOO_LARGE"),
        (("RequestEntityTooLargeException", "", 413), 413, "REQUEST_TOO_LARGE"),
        (("ServiceUnavailable", "", 503), 503, "ENDPOINT_UNAVAILABLE"),
        (("ModelNotReadyException", "", 429), 503, "ENDPOINT_UNAVAILABLE"),
        (("AccessDeniedException", "not authorized to perform sagemaker:InvokeEndpoint", 400), 500, "ACCESS_TO_ENDPOINT"),
        (("InternalFailure", "", 500), 502, "ENDPOINT_ERROR"),
        (("InternalDependencyException", "", 530), 502, "ENDPOINT_ERROR"),
    ],
)
def test_what_sagemaker_says(stubs: Stubs, failure: tuple[str, str, int], status: int, code: str) -> None:
    fails(stubs, *failure)
    assert error(handler.handle(event(), Context())) == (status, code)


@pytest.mark.parametrize(
    ("original", "status", "code"),
    [
        *((passed, passed, "MODEL_REFUSED") for passed in (400, 406, 413, 415, 422, 429)),
        *((mapped, 424, "MODEL_ERROR") for mapped in (401, 403, 404, 405, 409)),
        (500, 502, "MODEL_ERROR"),
        (503, 503, "ENDPOINT_UNAVAILABLE"),
        (504, 504, "ENDPOINT_TIMEOUT"),
        (0, 504, "ENDPOINT_TIMEOUT"),
    ],
)
def test_what_the_model_says(stubs: Stubs, original: int, status: int, code: str) -> None:
    stubs["sagemaker-runtime"].add_client_error(
        "invoke_endpoint",
        "ModelError",
        "",
        424,
        response_meta={},
        modeled_fields={"OriginalStatusCode": original, "OriginalMessage": "secret row 42"},
    )
    answer = handler.handle(event(), Context())
    assert error(answer) == (status, code)
    assert "secret" not in answer["body"]


@pytest.mark.parametrize(
    ("raised", "status"),
    [
        (ReadTimeoutError(endpoint_url="https://x"), 504),
        (ConnectTimeoutError(endpoint_url="https://x"), 504),
        (ConnectionClosedError(endpoint_url="https://x"), 502),
        (RuntimeError("row 42 is secret"), 500),
    ],
)
def test_what_the_network_does(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], raised: Exception, status: int) -> None:
    class Broken:
        def invoke_endpoint(self, **_: Any) -> None:
            raise raised

    monkeypatch.setattr(invoke, "client", lambda *_: Broken())
    assert error(handler.handle(event(), Context()))[0] == status
    assert "secret" not in capsys.readouterr().out


def test_one_retry_and_only_when_throttled(stubs: Stubs) -> None:
    fails(stubs, "ThrottlingException", "Rate exceeded", 429)
    answers(stubs)
    assert handler.handle(event(), Context())["statusCode"] == 200
    fails(stubs, "ThrottlingException", "Rate exceeded", 429)
    fails(stubs, "ThrottlingException", "Rate exceeded", 429)
    answer = handler.handle(event(), Context())
    assert error(answer) == (429, "THROTTLED") and answer["headers"]["Retry-After"] == "1"
    fails(stubs, "InternalFailure", "", 500)
    assert error(handler.handle(event(), Context())) == (502, "ENDPOINT_ERROR")


def test_no_retry_without_time_for_it(stubs: Stubs) -> None:
    fails(stubs, "ThrottlingException", "Rate exceeded", 429)
    assert error(handler.handle(event(), Context(20.0))) == (429, "THROTTLED")


def test_a_body_that_trickles_ends_in_time(stubs: Stubs) -> None:
    answers(stubs)
    assert error(handler.handle(event(), Context(0.5))) == (504, "ENDPOINT_TIMEOUT")


def test_an_answer_that_lambda_could_not_carry(stubs: Stubs, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(handler, "MAX_RESPONSE", 10)
    answers(stubs)
    assert error(handler.handle(event(), Context())) == (502, "RESPONSE_TOO_LARGE")
