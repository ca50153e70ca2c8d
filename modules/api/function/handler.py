"""`handle`: one HTTP request of API Gateway, one call to an endpoint, one answer. Never 200 for a failure, never a payload in the log."""

from __future__ import annotations

import base64
import json
import os
import sys
import time
from collections.abc import Callable, Mapping
from typing import Any

from .calls import Answer, Limits
from .faults import Fault
from .invoke import invoke
from .request import invocation
from .routes import Settings, settings

MAX_RESPONSE = 6_291_456 - 65_536
"""Bytes of an answer as JSON that Lambda hands on (6 MB), less room for headers."""
_LEVELS = {"DEBUG": 10, "INFO": 20, "WARNING": 30, "ERROR": 40}


def handle(event: Mapping[str, Any], context: Any) -> dict[str, Any]:
    """Lambda's entry: a proxy event in, a proxy response out."""
    started = time.monotonic()
    found = settings()
    request_id = str((event.get("requestContext") or {}).get("requestId") or context.aws_request_id)
    record: dict[str, Any] = {"request_id": request_id, "method": event.get("httpMethod"), "resource": event.get("resource")}
    try:
        response = _success(_answer(event, found, lambda: context.get_remaining_time_in_millis() / 1000, record), found)
    except Fault as fault:
        response = _failure(fault, request_id, found)
        record |= {"code": fault.code, "detail": fault.detail}
    except Exception as error:  # the caller gets an answer whatever happens, and the log the place where it happened
        response = _failure(Fault(500, "INTERNAL_ERROR", "The API failed."), request_id, found)
        record |= {"code": "INTERNAL_ERROR", "detail": type(error).__name__, "at": _place(error)}
    record |= {"status": response["statusCode"], "milliseconds": round((time.monotonic() - started) * 1000, 1)}
    _log(record)
    return response


def _answer(event: Mapping[str, Any], found: Settings, seconds_left: Callable[[], float], record: dict[str, Any]) -> Answer:
    wanted = invocation(event, found)
    record |= {"endpoint": wanted.route.endpoint, "request_bytes": len(wanted.body)}
    answer = invoke(wanted, Limits(found.read_timeout, seconds_left))
    record |= {"attempts": answer.attempts, "response_bytes": len(answer.body)}
    return answer


def _success(answer: Answer, found: Settings) -> dict[str, Any]:
    """Text as text, everything else as base64, which API Gateway turns back for the API's binary media types."""
    kind = answer.headers.get("Content-Type", "").split(";")[0].lower()
    text = _text(answer.body) if kind.startswith("text/") or kind.endswith(("json", "xml")) or kind == "application/jsonlines" else None
    body = base64.b64encode(answer.body).decode("ascii") if text is None else text
    if len(body) > MAX_RESPONSE or (text is not None and len(json.dumps(body)) > MAX_RESPONSE):
        raise Fault(502, "RESPONSE_TOO_LARGE", "The endpoint's answer is larger than the API can carry.")
    return _response(answer.status, answer.headers, body, found, encoded=text is None)


def _text(body: bytes) -> str | None:
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError:
        return None


def _failure(fault: Fault, request_id: str, found: Settings) -> dict[str, Any]:
    body = json.dumps({"error": {"code": fault.code, "message": fault.message, "request_id": request_id}})
    return _response(fault.status, {"Content-Type": "application/json", **fault.headers}, body, found)


def _response(status: int, headers: Mapping[str, str], body: str, found: Settings, *, encoded: bool = False) -> dict[str, Any]:
    allowed = {"Access-Control-Allow-Origin": found.allow_origin} if found.allow_origin else {}
    return {"statusCode": status, "headers": {**headers, **allowed}, "body": body, "isBase64Encoded": encoded}


def _place(error: BaseException) -> str:
    """File and line of the innermost frame; the error's own text could hold a part of the payload."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return f"{os.path.basename(trace.tb_frame.f_code.co_filename)}:{trace.tb_lineno}" if trace else ""  # noqa: PTH119


def _log(record: dict[str, Any]) -> None:
    """One line of JSON, for which Logs Insights knows every field. Written straight out: the runtime's logger would put text before it."""
    level = "ERROR" if record["status"] >= 500 else "WARNING" if record["status"] >= 400 else "INFO"
    if _LEVELS[level] >= _LEVELS.get(os.environ.get("LOG_LEVEL", "INFO"), 20):
        sys.stdout.write(json.dumps({"level": level, **record}) + "\n")
        sys.stdout.flush()
