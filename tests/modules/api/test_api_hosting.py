"""Models outside SageMaker endpoints: the same requests, the same answers, the same statuses."""

from __future__ import annotations

import base64
import io
import json
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.response import StreamingBody
from botocore.stub import Stubber

from modules._shared.naming import Naming
from modules.api.fit import check_fit
from modules.api.function import handler, lambda_function, routes
from modules.api.refs import ApiRefs, Target
from modules.api.spec import ApiSpec
from tests.modules.api.conftest import client
from tests.modules.api.events import ROUTE, Context, error, event
from tests.modules.policy_documents import statements
from tests.modules.support import resource, synth

NAMING = Naming("slipway", "test", "111111111111", "eu-west-1")
ARN = "arn:aws:lambda:eu-west-1:111111111111:function:slipway-test-wine:live"
ROUTES = {"routes": {"POST /endpoints/wine/invocations": {**ROUTE, "mode": "lambda", "endpoint": ARN}}, "timeout": 29}


@pytest.fixture
def stub(monkeypatch: pytest.MonkeyPatch) -> Iterator[Stubber]:
    """A stubbed client of Lambda."""
    made = Stubber(client("lambda"))
    monkeypatch.setattr(handler, "settings", lambda: routes.parse(ROUTES))
    monkeypatch.setattr(lambda_function, "client", lambda service, _: client(service))
    with made:
        yield made
    made.assert_no_pending_responses()


def answers(stub: Stubber, content: Any, asked: Any = None, **more: Any) -> None:
    text = json.dumps(content).encode()
    body = StreamingBody(io.BytesIO(text), len(text))
    wanted = None if asked is None else {"FunctionName": ARN, "Payload": json.dumps(asked).encode()}
    stub.add_response("invoke", {"StatusCode": 200, "Payload": body, **more}, wanted)


def test_text_goes_and_comes_as_text(stub: Stubber) -> None:
    headers = {"Content-Type": "application/json", "Accept": "application/json"}
    asked = {"body": '{"instances":[[1]]}', "isBase64Encoded": False, "headers": headers}
    answers(stub, {"statusCode": 200, "headers": {"Content-Type": "text/csv"}, "body": "1\n", "isBase64Encoded": False}, asked)
    found = handler.handle(event(), Context())
    assert (found["statusCode"], found["body"], found["headers"]["Content-Type"]) == (200, "1\n", "text/csv")


def test_bytes_go_and_come_as_base64(stub: Stubber) -> None:
    encoded = base64.b64encode(b"\xff\x00").decode()
    asked = {
        "body": encoded,
        "isBase64Encoded": True,
        "headers": {"Content-Type": "application/octet-stream", "Accept": "application/json"},
    }
    content = {"statusCode": 200, "headers": {"Content-Type": "application/x-npy"}, "body": encoded, "isBase64Encoded": True}
    answers(stub, content, asked)
    found = handler.handle(event(b"\xff\x00", headers={"Content-Type": "application/octet-stream"}), Context())
    assert (found["isBase64Encoded"], found["body"]) == (True, encoded)


@pytest.mark.parametrize(
    ("status", "mapped", "code"), [(400, 400, "MODEL_REFUSED"), (415, 415, "MODEL_REFUSED"), (404, 424, "MODEL_ERROR")]
)
def test_a_refusal_has_its_status(stub: Stubber, status: int, mapped: int, code: str) -> None:
    answers(stub, {"statusCode": status, "headers": {}, "body": "secret row 42", "isBase64Encoded": False})
    found = handler.handle(event(), Context())
    assert error(found) == (mapped, code)
    assert "secret" not in found["body"]


@pytest.mark.parametrize(
    ("kind", "status", "code"),
    [
        ("Model.500", 502, "MODEL_ERROR"),
        ("Model.503", 503, "ENDPOINT_UNAVAILABLE"),
        ("Model.504", 504, "ENDPOINT_TIMEOUT"),
        ("Sandbox.Timedout", 504, "ENDPOINT_TIMEOUT"),
        ("Container.NotReady", 504, "ENDPOINT_TIMEOUT"),
        ("Container.FailedToStart", 503, "ENDPOINT_UNAVAILABLE"),
        ("Runtime.ExitError", 503, "ENDPOINT_UNAVAILABLE"),
        ("Function.ResponseSizeTooLarge", 502, "RESPONSE_TOO_LARGE"),
        ("Event.Malformed", 502, "MODEL_ERROR"),
    ],
)
def test_what_the_function_says(stub: Stubber, kind: str, status: int, code: str) -> None:
    answers(stub, {"errorType": kind, "errorMessage": "secret row 42"}, FunctionError="Unhandled")
    found = handler.handle(event(), Context())
    assert error(found) == (status, code)
    assert "secret" not in found["body"]


@pytest.mark.parametrize(
    ("code", "http", "status"),
    [
        ("ResourceNotFoundException", 404, 404),
        ("ResourceConflictException", 409, 503),
        ("RequestTooLargeException", 413, 413),
        ("AccessDeniedException", 403, 500),
        ("ServiceException", 500, 502),
    ],
)
def test_what_lambda_says(stub: Stubber, code: str, http: int, status: int) -> None:
    stub.add_client_error("invoke", code, "", http)
    assert handler.handle(event(), Context())["statusCode"] == status


def test_a_throttled_function_is_asked_once_more(stub: Stubber) -> None:
    stub.add_client_error("invoke", "TooManyRequestsException", "Rate Exceeded.", 429)
    answers(stub, {"statusCode": 200, "headers": {}, "body": "{}", "isBase64Encoded": False})
    assert handler.handle(event(), Context(60))["statusCode"] == 200


def test_headers_of_sagemaker_do_not_go_with_a_function(stub: Stubber) -> None:
    found = handler.handle(event(headers={"X-Amzn-SageMaker-Target-Variant": "x"}), Context())
    assert error(found) == (400, "BAD_REQUEST")


def test_what_does_not_go_with_a_function() -> None:
    spec = ApiSpec.model_validate(
        {
            "endpoints": {"wine": {"max_request_bytes": 5_000_000, "response_stream": True}},
            "canary": {"percent_traffic": 5, "target_variants": {"wine": "x"}},
        }
    )
    assert [path for path, _ in check_fit(spec, {"wine": "lambda"})] == [
        "endpoints.wine.max_request_bytes",
        "endpoints.wine.response_stream",
        "canary.target_variants.wine",
    ]


def test_the_apis_function_may_invoke_exactly_this_alias() -> None:
    from modules.api.construct import Api

    spec = ApiSpec.model_validate({"endpoints": {"wine": {}, "beer": {}}})
    targets = {
        "wine": Target("slipway-test-wine", "lambda", address=ARN),
        "beer": Target("slipway-test-beer", "fargate", address="http://x"),
    }
    refs = ApiRefs(targets=targets, logs_kms_key_arn="l", kms_key_arn="k")
    found = statements(
        resource(synth(lambda stack: Api(stack, "api", naming=NAMING, spec=spec, refs=refs)), "aws_iam_role_policy", "api/function")[
            "policy"
        ]
    )
    assert found["InvokeFunction"]["Action"] == ["lambda:InvokeFunction"]
    assert found["InvokeFunction"]["Resource"] == [ARN]
    assert set(found) == {"WriteLogs", "InvokeFunction", "DecryptEnvironment", "Trace"}
