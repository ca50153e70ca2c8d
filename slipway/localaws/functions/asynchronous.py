"""Events that nobody waits for: tried again after failures, and handed to a destination or dead-letter topic in the end."""

from __future__ import annotations

import json
import logging
import threading
import time
import uuid
from dataclasses import dataclass, replace
from typing import Any

from slipway.localaws import inside
from slipway.localaws.clock import real_seconds
from slipway.localaws.functions.definition import Function, UnknownFunction, find
from slipway.localaws.functions.invoke import Result, emit, invoke
from slipway.localaws.functions.pool import Throttled

LOG = logging.getLogger("slipway.localaws")
LARGEST_EVENT = 1_048_576
"""Bytes of an asynchronous event (AWS Lambda quotas: 1 MB)."""
RETRY_SECONDS = (60.0, 120.0)
"""Seconds of AWS's time before the second and the third attempt."""
THROTTLE_SECONDS = 1.0
"""Seconds of AWS's time before an event is tried that was throttled; doubled each time, up to five minutes."""


@dataclass(frozen=True)
class Event:
    """One accepted event. `received` in seconds since 1970."""

    account: str
    region: str
    target: str
    payload: bytes
    request_id: str
    received: float
    attempts: int = 0
    throttles: int = 0


_lock = threading.Lock()
_epoch = 0


def accept(function: Function, payload: bytes) -> str:
    """Take an event; returns its request id."""
    event = Event(function.account, function.region, function.arn, payload, str(uuid.uuid4()), time.time())
    emit(function, [("AsyncEventsReceived", 1.0, "Count")])
    _later(event, 0.0)
    return event.request_id


def forget() -> None:
    """Drop every event that has not begun."""
    global _epoch
    with _lock:
        _epoch += 1


def _later(event: Event, seconds: float) -> None:
    with _lock:
        epoch = _epoch
    timer = threading.Timer(real_seconds(seconds), _run, args=(event, epoch))
    timer.daemon = True
    timer.start()


def _run(event: Event, epoch: int) -> None:
    try:
        if epoch == _epoch:
            _attempt(event)
    except UnknownFunction as unknown:
        LOG.warning("an asynchronous event is lost: no function %s", unknown)
    except Exception:
        LOG.exception("an asynchronous event of %s is lost", event.target)


def _attempt(event: Event) -> None:
    function = find(event.account, event.region, event.target)
    age = time.time() - event.received
    if age > real_seconds(function.max_age):
        _gave_up(function, event, None, "EventAgeExceeded")
        return
    try:
        result = invoke(function, event.payload, request_id=event.request_id)
    except Throttled:
        _later(replace(event, throttles=event.throttles + 1), min(300.0, THROTTLE_SECONDS * 2**event.throttles))
        return
    emit(function, [("AsyncEventAge", age * 1000, "Milliseconds")])
    tried = replace(event, attempts=event.attempts + 1)
    if not result.error:
        _tell(function.on_success, function, tried, result, "Success")
    elif tried.attempts > function.retries:
        _gave_up(function, tried, result, "RetriesExhausted")
    else:
        _later(tried, RETRY_SECONDS[tried.attempts - 1])


def _gave_up(function: Function, event: Event, result: Result | None, condition: str) -> None:
    emit(function, [("AsyncEventsDropped", 1.0, "Count")])
    _tell(function.on_failure, function, event, result, condition)
    if function.dead_letter:
        _deliver(function, function.dead_letter, event.payload.decode("utf-8", "replace"))


def _tell(destination: str, function: Function, event: Event, result: Result | None, condition: str) -> None:
    """Hand the record of an invocation to a destination: an SNS topic, an SQS queue or a function."""
    if not destination:
        return
    context = {"requestId": event.request_id, "functionArn": function.arn, "condition": condition}
    record: dict[str, Any] = {
        "version": "1.0",
        "timestamp": time.strftime("%Y-%m-%dT%H:%M:%S.000Z", time.gmtime()),
        "requestContext": {**context, "approximateInvokeCount": event.attempts},
        "requestPayload": json.loads(event.payload or b"null"),
    }
    if result is not None:
        record["responseContext"] = {"statusCode": 200, "executedVersion": function.version}
        record["responseContext"] |= {"functionError": result.error} if result.error else {}
        record["responsePayload"] = json.loads(result.payload or b"null")
    text = json.dumps(record)
    if destination.split(":")[2:3] == ["lambda"]:
        accept(find(function.account, function.region, destination), text.encode())
    else:
        _deliver(function, destination, text)


def _deliver(function: Function, arn: str, text: str) -> None:
    """Send it to a queue or publish it to a topic."""
    if arn.split(":")[2:3] != ["sqs"]:
        inside.publish(arn, "", text)
        return
    queues = inside.client(function.account, function.region, "sqs")
    queues.send_message(QueueUrl=queues.get_queue_url(QueueName=arn.rpartition(":")[2])["QueueUrl"], MessageBody=text)
