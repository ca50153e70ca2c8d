"""The Invoke operation of the Lambda API, answered before the lock: a handler may itself call the local AWS."""

from __future__ import annotations

import base64
import json
import logging
import re
import uuid
from urllib.parse import parse_qs, unquote

from slipway.localaws.errors import LOCAL_ERROR, NOT_IMPLEMENTED, error
from slipway.localaws.functions import asynchronous
from slipway.localaws.functions.definition import Function, UnknownFunction, find
from slipway.localaws.functions.invoke import invoke
from slipway.localaws.functions.pool import Throttled
from slipway.localaws.hosting.images import find_image
from slipway.localaws.request import Call, Environ
from slipway.localaws.responses import Answer
from slipway.localaws.runtime.request import ACCOUNT, REGION

LOG = logging.getLogger("slipway.localaws")
LARGEST_REQUEST = 6_291_456
"""Bytes of a synchronous event (AWS Lambda quotas: 6 MB)."""
LOG_TAIL = 4096
"""Bytes of the log that `LogType: Tail` returns."""
_PATH = re.compile(r"/2015-03-31/functions/(.+)/invocations/?")


def is_invocation(call: Call) -> bool:
    """Whether the request is Lambda's Invoke."""
    return call.method == "POST" and _PATH.fullmatch(call.path) is not None


def answer(call: Call, environ: Environ) -> Answer:
    """The answer to one Invoke; failures as Lambda's model words them. Called without the lock."""
    try:
        return _answer(call, environ)
    except UnknownFunction as unknown:
        return fault("ResourceNotFoundException", f"Function not found: {unknown}", 404)
    except Throttled as reason:
        body = {"Reason": str(reason), "Type": "User", "message": "Rate Exceeded."}
        return Answer(429, _headers("TooManyRequestsException"), json.dumps(body).encode())
    except Exception as reason:
        LOG.exception("%s failed", call.label)
        return error(call.protocol, LOCAL_ERROR, f"{call.label} failed inside the local AWS: {type(reason).__name__}: {reason}")


def fault(code: str, message: str, status: int) -> Answer:
    """An error of the Lambda API."""
    return Answer(status, _headers(code), json.dumps({"Type": "User", "Message": message}).encode())


def unsupported(function: Function) -> str:
    """Why the local AWS cannot run a function; empty when it can."""
    if function.image:
        return "" if find_image(function.image) else f"the image {function.image} of {function.name} is not in the local ECR"
    if not function.runtime.startswith("python"):
        return f"the local AWS runs Python handlers and container images; {function.name} has runtime {function.runtime}"
    return "" if function.code else f"the code of {function.name} is not in the local S3"


def _answer(call: Call, environ: Environ) -> Answer:
    match = _PATH.fullmatch(call.path)
    named = unquote(match.group(1)) if match else ""
    qualifier = parse_qs(call.query).get("Qualifier", [""])[0]
    function = find(call.account or ACCOUNT, call.region or REGION, named, qualifier)
    if reason := unsupported(function):
        return error(call.protocol, NOT_IMPLEMENTED, f"The local AWS cannot answer: {reason}")
    kind = environ.get("HTTP_X_AMZ_INVOCATION_TYPE", "RequestResponse")
    event = call.body or b"{}"
    if problem := _problem(event, kind):
        return problem
    if kind == "DryRun":
        return Answer(204, _with_id(str(uuid.uuid4())), b"")
    if kind == "Event":
        return Answer(202, _with_id(asynchronous.accept(function, event)), b"")
    return _synchronous(function, event, tail=environ.get("HTTP_X_AMZ_LOG_TYPE") == "Tail")


def _problem(event: bytes, kind: str) -> Answer | None:
    largest = asynchronous.LARGEST_EVENT if kind == "Event" else LARGEST_REQUEST
    if len(event) > largest:
        text = f"Request must be smaller than {largest} bytes for the InvokeFunction operation"
        return fault("RequestTooLargeException", text, 413)
    try:
        json.loads(event)
    except ValueError as reason:
        return fault("InvalidRequestContentException", f"Could not parse request body into json: {reason}", 400)
    return None


def _synchronous(function: Function, event: bytes, *, tail: bool) -> Answer:
    result = invoke(function, event, tail=tail)
    headers = [*_with_id(result.request_id), ("Content-Type", "application/json"), ("X-Amz-Executed-Version", function.version)]
    if result.error:
        headers.append(("X-Amz-Function-Error", result.error))
    if tail:
        text = "\n".join(result.log).encode() + b"\n"
        headers.append(("X-Amz-Log-Result", base64.b64encode(text[-LOG_TAIL:]).decode()))
    return Answer(200, headers, result.payload)


def _with_id(request_id: str) -> list[tuple[str, str]]:
    return [("x-amzn-RequestId", request_id)]


def _headers(code: str) -> list[tuple[str, str]]:
    return [("Content-Type", "application/json"), ("x-amzn-ErrorType", code), *_with_id(str(uuid.uuid4()))]
