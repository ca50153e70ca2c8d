"""What the API's options do not allow for the endpoints behind it. Pure: loads no toolkit."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from modules.api.json_schema import check_schema
from modules.api.spec import ApiSpec, Problem

SERVERLESS_BODY = 4_194_304
"""Bytes a serverless endpoint takes (SageMaker quota: 4 MB)."""
LAMBDA_BODY = 4_194_304
"""Bytes a model in a Lambda function is sent: as base64 and with the event around it they stay below Lambda's 6 MB."""
_OTHER = {"lambda": "a Lambda function", "fargate": "a Fargate service"}


def check_fit(spec: ApiSpec, hosting_kinds: Mapping[str, str]) -> Iterator[Problem]:
    """`(path, message)` of everything that is wrong; `hosting_kinds` has the endpoints that exist."""
    for name, endpoint in spec.endpoints.items():
        kind = hosting_kinds.get(name)
        if endpoint.request_schema is not None:
            for place, message in check_schema(endpoint.request_schema):
                yield ".".join(map(str, ("endpoints", name, "request_schema", *place))), message
        if kind is None:
            yield f"endpoints.{name}", f"there is no endpoint {name}"
        if kind == "serverless" and endpoint.max_request_bytes > SERVERLESS_BODY:
            yield f"endpoints.{name}.max_request_bytes", f"a serverless endpoint takes {SERVERLESS_BODY} bytes"
        if kind == "lambda" and endpoint.max_request_bytes > LAMBDA_BODY:
            yield f"endpoints.{name}.max_request_bytes", f"a Lambda function takes {LAMBDA_BODY} bytes, or 6 MB as JSON with base64"
        if kind in _OTHER and endpoint.response_stream:
            yield f"endpoints.{name}.response_stream", f"{_OTHER[kind]} has no response stream of SageMaker's"
        if spec.canary and kind in _OTHER and name in spec.canary.target_variants:
            yield f"canary.target_variants.{name}", f"{_OTHER[kind]} has no variants"
        if kind == "asynchronous" and endpoint.response_stream:
            yield f"endpoints.{name}.response_stream", "an asynchronous endpoint writes its answers to S3"
        if spec.canary and kind == "asynchronous" and name in spec.canary.target_variants:
            yield f"canary.target_variants.{name}", "requests to an asynchronous endpoint cannot name a variant"
