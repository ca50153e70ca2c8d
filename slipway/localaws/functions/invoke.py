"""One synchronous invocation: who may, which process, its answer, and what CloudWatch hears of it."""

from __future__ import annotations

import json
import time
import uuid
from dataclasses import dataclass
from typing import Any

from slipway.localaws import background
from slipway.localaws.cloudwatch import metrics
from slipway.localaws.functions import output, pool
from slipway.localaws.functions.definition import Function
from slipway.localaws.functions.image_sandbox import AnySandbox
from slipway.localaws.functions.sandbox import Ended, TimedOut

NAMESPACE = "AWS/Lambda"
UNHANDLED = "Unhandled"


@dataclass(frozen=True)
class Result:
    """What an invocation answered: `error` is empty, or Lambda's FunctionError. `seconds`: run time, without the start of the process."""

    request_id: str
    payload: bytes
    error: str
    seconds: float
    log: tuple[str, ...] = ()


def invoke(function: Function, event: bytes, *, tail: bool = False, request_id: str = "") -> Result:
    """Run the handler with an event (JSON). `tail`: wait for the log and return it. Raises Throttled.

    A failure of the handler, its time-out and its end are results with an `error`.
    """
    request_id = request_id or str(uuid.uuid4())
    try:
        with pool.admitted(function) as concurrent, pool.sandbox(function) as sandbox:
            result = _run(function, sandbox, event, request_id, tail=tail)
    except pool.Throttled:
        emit(function, [("Throttles", 1.0, "Count")])
        raise
    values = [("Invocations", 1.0, "Count"), ("Errors", float(bool(result.error)), "Count"), ("Throttles", 0.0, "Count")]
    values += [("Duration", result.seconds * 1000, "Milliseconds"), ("ConcurrentExecutions", float(concurrent), "Count")]
    emit(function, values)
    return result


def emit(function: Function, values: list[tuple[str, float, str]]) -> None:
    """Emit metrics of a function: with its name, and with the name and the qualifier it was asked for by."""
    resource = f"{function.name}:{function.qualifier}" if function.qualifier else function.name
    for dimensions in ({"FunctionName": function.name}, {"FunctionName": function.name, "Resource": resource}):
        metrics.emit_all(function.account, function.region, NAMESPACE, dimensions, values)
    background.wake()


def _run(function: Function, sandbox: AnySandbox, event: bytes, request_id: str, *, tail: bool) -> Result:
    cold, sandbox.cold = sandbox.cold, False
    first, sandbox.logged = not sandbox.logged, True
    started = time.monotonic()
    try:
        problem = sandbox.wait_until_ready() if cold else None
        if problem is None:
            started = time.monotonic()
            failed, payload = sandbox.invoke(request_id, event)
        else:
            failed, payload = True, json.dumps({**problem, "requestId": request_id}).encode()
            sandbox.kill()
        status = "error" if failed else "success"
    except TimedOut:
        failed, payload, status = True, _timed_out(function, request_id), "timeout"
    except Ended as how:
        failed, payload, status = True, _failure("Runtime.ExitError", f"RequestId: {request_id} Error: {how}"), "error"
    seconds = min(time.monotonic() - started, function.timeout)
    report = output.Report(function, request_id, seconds, sandbox.init_seconds if cold else 0.0, status, payload if failed else b"")
    lines = output.ship(sandbox, report, create=first, wait=tail)
    return Result(request_id, payload, UNHANDLED if failed else "", seconds, lines)


def _timed_out(function: Function, request_id: str) -> bytes:
    return _failure("Sandbox.Timedout", f"RequestId: {request_id} Error: Task timed out after {function.timeout:.2f} seconds")


def _failure(kind: str, message: str) -> bytes:
    fields: dict[str, Any] = {"errorType": kind, "errorMessage": message}
    return json.dumps(fields).encode()
