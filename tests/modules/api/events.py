"""Proxy events and routes for tests of the function."""

from __future__ import annotations

import base64
import io
import json
from typing import Any

from botocore.response import StreamingBody
from botocore.stub import Stubber

Stubs = dict[str, Stubber]

REQUEST_ID = "c6af9ac6-7b61-11e6-9a41-93e8deadbeef"
HEADERS = [
    "X-Amzn-SageMaker-Custom-Attributes",
    "X-Amzn-SageMaker-Inference-Id",
    "X-Amzn-SageMaker-Target-Model",
    "X-Amzn-SageMaker-Target-Variant",
]
ROUTE = {
    "name": "wine",
    "endpoint": "slipway-test-wine",
    "mode": "sync",
    "content_types": ["application/json", "text/csv", "application/octet-stream"],
    "max_request_bytes": 100,
    "request_headers": HEADERS,
}
ROUTES = {
    "routes": {
        "POST /endpoints/wine/invocations": ROUTE,
        "PUT /endpoints/wine/invocations": ROUTE,
        "POST /later": {
            **ROUTE,
            "name": "later",
            "endpoint": "slipway-test-later",
            "mode": "async",
            "input_bucket": "in",
            "input_prefix": "later/input/",
        },
        "POST /words": {**ROUTE, "name": "words", "endpoint": "slipway-test-words", "mode": "stream"},
    },
    "timeout": 29,
}


def event(body: str | bytes | None = '{"instances":[[1]]}', path: str = "/endpoints/wine/invocations", **changes: Any) -> dict[str, Any]:
    """What API Gateway hands to the function. Bytes are sent as base64; `headers` come on top of a JSON content type."""
    headers = {"Content-Type": "application/json", "Accept": "application/json", **changes.pop("headers", {})}
    encoded = isinstance(body, bytes)
    return {
        "resource": path,
        "path": path,
        "httpMethod": "POST",
        "headers": headers,
        "stageVariables": None,
        "requestContext": {"requestId": REQUEST_ID, "stage": "test"},
        "body": base64.b64encode(body).decode() if isinstance(body, bytes) else body,
        "isBase64Encoded": encoded,
        **changes,
    }


class Context:
    """Lambda's context with `seconds` left."""

    aws_request_id = "lambda-request"

    def __init__(self, seconds: float = 29.0) -> None:
        self.seconds = seconds

    def get_remaining_time_in_millis(self) -> int:
        return int(self.seconds * 1000)


def error(answer: dict[str, Any]) -> tuple[int, str]:
    """Status and code of a failed answer, after checking its form."""
    body = json.loads(answer["body"])
    assert set(body) == {"error"} and set(body["error"]) == {"code", "message", "request_id"}
    assert body["error"]["request_id"] == REQUEST_ID and body["error"]["message"]
    assert answer["headers"]["Content-Type"] == "application/json" and answer["isBase64Encoded"] is False
    return answer["statusCode"], body["error"]["code"]


def answers(stubs: Stubs, body: bytes = b'{"predictions":[1]}', **more: Any) -> None:
    """The next InvokeEndpoint answers."""
    stream = StreamingBody(io.BytesIO(body), len(body))
    stubs["sagemaker-runtime"].add_response("invoke_endpoint", {"Body": stream, "ContentType": "application/json", **more}, None)


def fails(stubs: Stubs, code: str, message: str = "", status: int = 400, **more: Any) -> None:
    """The next InvokeEndpoint fails."""
    stubs["sagemaker-runtime"].add_client_error("invoke_endpoint", code, message, status, modeled_fields=more or None)
