"""The function's code: requests and their answers; nothing of a payload is logged."""

from __future__ import annotations

import base64
import io
import json
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.response import StreamingBody
from botocore.stub import ANY

from modules.api.function import calls, handler, invoke, routes
from tests.modules.api.events import ROUTES, Context, Stubs, answers, error, event

pytestmark = pytest.mark.usefixtures("settings")


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
    monkeypatch.setattr(calls, "_clients", {})
    config = invoke.client("sagemaker-runtime", routes.parse(ROUTES).read_timeout).meta.config
    assert config.read_timeout == 26 and config.connect_timeout == 1
    assert config.retries["total_max_attempts"] == 1
    assert invoke.client("sagemaker-runtime", 26) is invoke.client("sagemaker-runtime", 26)
