"""The function's code: what is wrong with a request or an endpoint has its status, and never 200; nothing of a payload is logged."""

from __future__ import annotations

import base64
import functools
import io
import json
from collections.abc import Iterator
from typing import Any

import botocore.session
import pytest
from botocore.exceptions import ConnectionClosedError, ConnectTimeoutError, ReadTimeoutError
from botocore.response import StreamingBody
from botocore.stub import ANY, Stubber

from modules.api.function import handler, invoke, routes
from tests.modules.api.events import ROUTES, Context, error, event

Stubs = dict[str, Stubber]


@pytest.fixture(autouse=True)
def settings(monkeypatch: pytest.MonkeyPatch) -> routes.Settings:
    found = routes.parse(ROUTES)
    monkeypatch.setattr(handler, "settings", lambda: found)
    monkeypatch.setattr(invoke, "_PAUSE", (0.0, 0.0))
    return found


@functools.cache
def client(service: str) -> Any:
    session = botocore.session.Session()
    return session.create_client(service, region_name="eu-west-1", aws_access_key_id="a", aws_secret_access_key="b")


@pytest.fixture
def stubs(monkeypatch: pytest.MonkeyPatch) -> Iterator[Stubs]:
    """Stubbed clients of the SageMaker runtime and of S3."""
    made = {service: Stubber(client(service)) for service in ("sagemaker-runtime", "s3")}
    monkeypatch.setattr(invoke, "client", lambda service, _: client(service))
    for stub in made.values():
        stub.activate()
    yield made
    for stub in made.values():
        stub.assert_no_pending_responses()
        stub.deactivate()


def answers(stubs: Stubs, body: bytes = b'{"predictions":[1]}', **more: Any) -> None:
    stream = StreamingBody(io.BytesIO(body), len(body))
    stubs["sagemaker-runtime"].add_response("invoke_endpoint", {"Body": stream, "ContentType": "application/json", **more}, None)


def fails(stubs: Stubs, code: str, message: str = "", status: int = 400, **more: Any) -> None:
    stubs["sagemaker-runtime"].add_client_error("invoke_endpoint", code, message, status, modeled_fields=more or None)


def test_a_prediction_comes_back_as_it_is(stubs: Stubs) -> None:
    answers(stubs, InvokedProductionVariant="main", CustomAttributes="trace=1")
    answer = handler.handle(event(), Context())
    assert answer["statusCode"] == 200 and answer["body"] == '{"predictions":[1]}' and answer["isBase64Encoded"] is False
    assert answer["headers"] == {
        "Content-Type": "application/json",
        "X-Amzn-Invoked-Production-Variant": "main",
        "X-Amzn-SageMaker-Custom-Attributes": "trace=1",
    }


def test_headers_and_bytes_reach_the_endpoint(stubs: Stubs) -> None:
    raw = bytes(range(90))
    body = StreamingBody(io.BytesIO(raw), len(raw))
    stubs["sagemaker-runtime"].add_response(
        "invoke_endpoint",
        {"Body": body, "ContentType": "application/x-npy"},
        {
            "EndpointName": "slipway-test-wine",
            "Body": raw,
            "ContentType": "application/octet-stream",
            "Accept": "application/x-npy",
            "TargetVariant": "next",
            "InferenceId": "7",
        },
    )
    given = {
        "Content-Type": "application/octet-stream",
        "Accept": "application/x-npy",
        "x-amzn-sagemaker-target-variant": "next",
        "X-Amzn-SageMaker-Inference-Id": "7",
    }
    answer = handler.handle(event(raw, headers=given), Context())
    assert answer["isBase64Encoded"] is True and base64.b64decode(answer["body"]) == raw


def test_a_stage_variable_names_the_variant_unless_the_caller_does(stubs: Stubs) -> None:
    for headers, variant in (({}, "canary"), ({"X-Amzn-SageMaker-Target-Variant": "main"}, "main")):
        body = StreamingBody(io.BytesIO(b"{}"), 2)
        expected = {"EndpointName": ANY, "Body": ANY, "ContentType": ANY, "Accept": ANY, "TargetVariant": variant}
        stubs["sagemaker-runtime"].add_response("invoke_endpoint", {"Body": body, "ContentType": "application/json"}, expected)
        answer = handler.handle(event(headers=headers, stageVariables={"target_variant_wine": "canary"}), Context())
        assert answer["statusCode"] == 200


@pytest.mark.parametrize(
    ("given", "status", "code"),
    [
        (event(path="/nothing"), 404, "NOT_FOUND"),
        (event(path="/{proxy+}"), 404, "NOT_FOUND"),
        (event(httpMethod="DELETE"), 405, "METHOD_NOT_ALLOWED"),
        (event(headers={"Content-Type": "application/xml"}), 415, "UNSUPPORTED_MEDIA_TYPE"),
        (event("1" * 101, headers={"Content-Type": "text/csv"}), 413, "REQUEST_TOO_LARGE"),
        (event("{"), 400, "BAD_REQUEST"),
        (event('{"x": NaN}'), 400, "BAD_REQUEST"),
        (event("[" * 99), 400, "BAD_REQUEST"),
        (event(""), 400, "BAD_REQUEST"),
        (event(None), 400, "BAD_REQUEST"),
        (event("no base64!", isBase64Encoded=True), 400, "BAD_REQUEST"),
        (event(b"\xff\xfe", headers={"Content-Type": "application/json; charset=utf-8"}), 400, "BAD_REQUEST"),
        (event(headers={"X-Amzn-SageMaker-Session-Id": "1"}), 400, "BAD_REQUEST"),
        (event(path="/later", headers={"X-Amzn-SageMaker-Target-Variant": "a"}), 400, "BAD_REQUEST"),
        (event(path="/words", headers={"X-Amzn-SageMaker-Target-Model": "a"}), 400, "BAD_REQUEST"),
    ],
)
def test_what_is_wrong_with_a_request(stubs: Stubs, given: dict[str, Any], status: int, code: str) -> None:
    assert error(handler.handle(given, Context())) == (status, code)


def test_allowed_methods_are_named() -> None:
    assert handler.handle(event(httpMethod="GET"), Context())["headers"]["Allow"] == "POST, PUT"


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


def test_asynchronous_endpoints_are_accepted_with_a_location(stubs: Stubs) -> None:
    stubs["s3"].add_response("put_object", {}, {"Bucket": "in", "Key": ANY, "Body": b'{"a":1}', "ContentType": "application/json"})
    out = {"InferenceId": "i-1", "OutputLocation": "s3://out/1.out", "FailureLocation": "s3://out/1.err"}
    stubs["sagemaker-runtime"].add_response(
        "invoke_endpoint_async",
        out,
        {
            "EndpointName": "slipway-test-later",
            "InputLocation": ANY,
            "ContentType": "application/json",
            "Accept": "application/json",
            "InferenceId": "mine",
        },
    )
    answer = handler.handle(event('{"a":1}', path="/later", headers={"X-Amzn-SageMaker-Inference-Id": "mine"}), Context())
    assert answer["statusCode"] == 202 and answer["headers"]["Location"] == "s3://out/1.out"
    assert json.loads(answer["body"]) == {"inference_id": "i-1", "output_location": "s3://out/1.out", "failure_location": "s3://out/1.err"}


def test_a_streamed_answer_comes_whole_or_not_at_all(monkeypatch: pytest.MonkeyPatch) -> None:
    from botocore.exceptions import EventStreamError

    class Streaming:
        events: list[Any]

        def invoke_endpoint_with_response_stream(self, **_: Any) -> dict[str, Any]:
            return {"Body": self._body(), "ContentType": "text/plain"}

        def _body(self) -> Iterator[Any]:
            for item in self.events:
                if isinstance(item, Exception):
                    raise item
                yield item

    stream = Streaming()
    monkeypatch.setattr(invoke, "client", lambda *_: stream)
    stream.events = [{"PayloadPart": {"Bytes": b"two "}}, {"PayloadPart": {"Bytes": b"words"}}]
    answer = handler.handle(event(path="/words"), Context())
    assert (answer["statusCode"], answer["body"]) == (200, "two words")
    for text, status in (("ModelInvocationTimeExceeded", 504), ("StreamBroken", 502)):
        broken = EventStreamError({"Error": {"Code": "ModelStreamError", "Message": text}}, "InvokeEndpointWithResponseStream")
        stream.events = [{"PayloadPart": {"Bytes": b"half"}}, broken]
        assert error(handler.handle(event(path="/words"), Context()))[0] == status


def test_the_log_says_what_happened_and_nothing_of_it(
    stubs: Stubs, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    answers(stubs, b'{"predictions":["secret"]}')
    handler.handle(event('{"name":"secret"}'), Context())
    handler.handle(event('{"secret":'), Context())
    good, bad = map(json.loads, capsys.readouterr().out.splitlines())
    assert (good["level"], good["status"], good["endpoint"], good["attempts"]) == ("INFO", 200, "slipway-test-wine", 1)
    assert (good["request_bytes"], good["response_bytes"]) == (17, 26)
    assert (bad["level"], bad["status"], bad["code"]) == ("WARNING", 400, "BAD_REQUEST")
    assert "secret" not in json.dumps([good, bad])
    monkeypatch.setenv("LOG_LEVEL", "ERROR")
    handler.handle(event('{"secret":'), Context())
    assert capsys.readouterr().out == ""


def test_clients_wait_less_than_the_function_and_never_retry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
    monkeypatch.setattr(invoke, "_clients", {})
    config = invoke.client("sagemaker-runtime", routes.parse(ROUTES).read_timeout).meta.config
    assert config.read_timeout == 26 and config.connect_timeout == 1
    assert config.retries["total_max_attempts"] == 1
    assert invoke.client("sagemaker-runtime", 26) is invoke.client("sagemaker-runtime", 26)
