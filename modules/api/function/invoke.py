"""Calls to what serves the model: one try, and one more when it was throttled and there is time."""

from __future__ import annotations

import json
import random
import time
import uuid
from collections.abc import Callable
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError, ConnectTimeoutError, ParamValidationError, ReadTimeoutError

from . import fargate, lambda_function
from .calls import CONNECT_TIMEOUT, MARGIN, Answer, Limits, client, joined
from .faults import Fault, from_client_error, timed_out
from .request import Invocation

_CHUNK = 65_536
_PAUSE = (0.05, 0.2)


def invoke(wanted: Invocation, limits: Limits) -> Answer:
    """The endpoint's answer. Raises `Fault`."""
    call = _CALLS[wanted.route.mode]
    try:
        return _guarded(call, wanted, limits, 1)
    except Fault as fault:
        if fault.code != "THROTTLED" or limits.seconds_left() < CONNECT_TIMEOUT + limits.read_timeout + MARGIN:
            raise
    time.sleep(random.uniform(*_PAUSE))  # noqa: S311 - spreads the retries, protects nothing
    return _guarded(call, wanted, limits, 2)


def _guarded(call: Callable[[Invocation, Limits, int], Answer], wanted: Invocation, limits: Limits, attempt: int) -> Answer:
    try:
        return call(wanted, limits, attempt)
    except ClientError as error:
        raise from_client_error(error.response) from error
    except (ReadTimeoutError, ConnectTimeoutError) as error:
        raise timed_out(type(error).__name__) from error
    except ParamValidationError as error:
        raise Fault(400, "BAD_REQUEST", "A SageMaker header has a value that SageMaker does not take.", type(error).__name__) from error
    except BotoCoreError as error:
        raise Fault(502, "ENDPOINT_UNREACHABLE", "The connection to the endpoint broke.", type(error).__name__) from error


def _sync(wanted: Invocation, limits: Limits, attempt: int) -> Answer:
    answer = client("sagemaker-runtime", limits.read_timeout).invoke_endpoint(**_request(wanted))
    return Answer(200, joined(answer["Body"].iter_chunks(_CHUNK), limits), _headers(answer), attempt)


def _stream(wanted: Invocation, limits: Limits, attempt: int) -> Answer:
    """All parts of a streamed answer. A failure between two parts is a failure: half an answer is none."""
    answer = client("sagemaker-runtime", limits.read_timeout).invoke_endpoint_with_response_stream(**_request(wanted))
    parts = (event["PayloadPart"]["Bytes"] for event in answer["Body"] if "PayloadPart" in event)
    return Answer(200, joined(parts, limits), _headers(answer), attempt)


def _async(wanted: Invocation, limits: Limits, attempt: int) -> Answer:
    """Put the body where the endpoint's role may read it, then queue it."""
    route, half = wanted.route, limits.read_timeout // 2
    location = {"Bucket": route.input_bucket, "Key": f"{route.input_prefix}{uuid.uuid4()}"}
    client("s3", half).put_object(**location, Body=wanted.body, ContentType=wanted.content_type)
    request = {name: value for name, value in _request(wanted).items() if name != "Body"}
    answer = client("sagemaker-runtime", half).invoke_endpoint_async(
        **request, InputLocation=f"s3://{location['Bucket']}/{location['Key']}"
    )
    queued = {"inference_id": answer["InferenceId"], "output_location": answer["OutputLocation"]}
    if answer.get("FailureLocation"):
        queued["failure_location"] = answer["FailureLocation"]
    headers = {"Content-Type": "application/json", "Location": answer["OutputLocation"]}
    return Answer(202, json.dumps(queued).encode(), headers, attempt)


def _request(wanted: Invocation) -> dict[str, Any]:
    return {
        "EndpointName": wanted.route.endpoint,
        "Body": wanted.body,
        "ContentType": wanted.content_type,
        "Accept": wanted.accept,
        **wanted.headers,
    }


def _headers(answer: dict[str, Any]) -> dict[str, str]:
    names = {
        "ContentType": "Content-Type",
        "InvokedProductionVariant": "X-Amzn-Invoked-Production-Variant",
        "CustomAttributes": "X-Amzn-SageMaker-Custom-Attributes",
    }
    return {header: answer[name] for name, header in names.items() if answer.get(name)}


_CALLS: dict[str, Callable[[Invocation, Limits, int], Answer]] = {
    "sync": _sync,
    "stream": _stream,
    "async": _async,
    "lambda": lambda_function.call,
    "fargate": fargate.call,
}
"""By a route's mode."""
