"""Calls to a model that is a Lambda function: its answer, or its error, as SageMaker would have told it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from .calls import Answer, Limits, client
from .events import content, event, model_status
from .faults import Fault, from_model, timed_out, unavailable
from .request import Invocation

_TIMED_OUT = frozenset({"Sandbox.Timedout", "Container.NotReady", "Container.NoAnswer"})
_NOT_STARTED = frozenset({"Container.FailedToStart", "Runtime.ExitError", "Runtime.InvalidEntrypoint", "Extension.Crash"})


def call(wanted: Invocation, limits: Limits, attempt: int) -> Answer:
    """The function's answer. Raises `Fault`, and what botocore raises."""
    payload = json.dumps(event(wanted.body, wanted.content_type, wanted.accept)).encode()
    response = client("lambda", limits.read_timeout).invoke(FunctionName=wanted.route.endpoint, Payload=payload)
    answer = json.loads(response["Payload"].read())
    if response.get("FunctionError"):
        raise from_function(answer)
    status, content_type, body = content(answer)
    if status >= 400:
        raise from_model(status)
    return Answer(status, body, {"Content-Type": content_type}, attempt)


def from_function(error: Mapping[str, Any]) -> Fault:
    """The fault behind an invocation that failed (Lambda's FunctionError). Its message may quote the input: it stays here."""
    kind = str(error.get("errorType", ""))
    if (status := model_status(kind)) is not None:
        return from_model(status)
    if kind in _TIMED_OUT:
        return timed_out(kind)
    if kind in _NOT_STARTED:
        return unavailable(kind)
    if kind == "Function.ResponseSizeTooLarge":
        return Fault(502, "RESPONSE_TOO_LARGE", "The endpoint's answer is larger than the API can carry.", kind)
    return Fault(502, "MODEL_ERROR", "The model failed.", kind)
