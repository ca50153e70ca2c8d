"""One asynchronous request: read the input, ask the container, write the output, tell SNS."""

from __future__ import annotations

import json
import time
from datetime import datetime, timezone
from typing import Any

from slipway.localaws import inside
from slipway.localaws.hosting.data import read_object
from slipway.localaws.hosting.live import Target, Unavailable
from slipway.localaws.runtime import capture, measure
from slipway.localaws.runtime.async_queue import Job
from slipway.localaws.runtime.container import Outcome, model_error, send
from slipway.localaws.runtime.errors import RuntimeFault, ServiceUnavailable, ValidationError
from slipway.localaws.runtime.invoke import choose

LARGEST_ANSWER = 1024 * 1024 * 1024
"""Bytes of an asynchronous answer."""


def run(job: Job) -> None:
    """Do it to its end, whatever comes: the caller looks for a file or a message."""
    try:
        outcome = _answer(job)
    except RuntimeFault as fault:
        _failed(job, fault)
    except Unavailable as unavailable:
        _failed(job, ServiceUnavailable(unavailable.reason))
    except inside.NotWritten as reason:
        measure.variant_metrics(job.endpoint, job.endpoint.variants()[0].name, [("ResponseUploadFailures", 1.0, "Count")])
        _failed(job, ValidationError(f"The output cannot be written: {reason}"))
    else:
        content_type = outcome.headers.get("content-type", "application/octet-stream")
        _tell(job, "SuccessTopic", "Completed", {"responseParameters": {"contentType": content_type, "outputLocation": job.success}})


def _answer(job: Job) -> Outcome:
    started, endpoint = time.monotonic(), job.endpoint
    waited = time.time() - job.received
    if time.time() > job.expires:
        measure.variant_metrics(endpoint, endpoint.variants()[0].name, [("ExpiredRequests", 1.0, "Count")])
        raise ValidationError("The request expired before an instance took it.")
    body = read_object(job.source)
    if body is None:
        raise ValidationError(f"Could not download the input from {job.source}.")
    with choose(job.invocation, endpoint) as target:
        outcome = send(target, job.invocation, body, timeout=job.timeout, largest=LARGEST_ANSWER)
    _measured(job, target, outcome, started, waited)
    if not outcome.good:
        raise model_error(endpoint, target, outcome)
    capture.keep(job.invocation, endpoint, target, outcome, body)
    if job.success:
        content_type = outcome.headers.get("content-type", "application/octet-stream")
        inside.put_object(endpoint.account, endpoint.region, job.success, outcome.body, content_type, job.kms_key)
    return outcome


def _measured(job: Job, target: Target, outcome: Outcome, started: float, waited: float) -> None:
    total = waited + time.monotonic() - started
    measure.asynchronous(job.endpoint, target.variant, outcome.status, outcome.seconds, waited, total)


def _failed(job: Job, fault: RuntimeFault) -> None:
    if job.failure:
        text = json.dumps({"errorCode": fault.code, "message": fault.message}).encode()
        try:
            inside.put_object(job.endpoint.account, job.endpoint.region, job.failure, text, "application/json", job.kms_key)
        except inside.NotWritten as reason:
            inside.LOG.warning("an asynchronous failure is lost: %s", reason)
    more: dict[str, Any] = {"failureReason": fault.message}
    if job.failure:
        more["responseParameters"] = {"failureLocation": job.failure}
    _tell(job, "ErrorTopic", "Failed", more)


def _tell(job: Job, topic: str, status: str, more: dict[str, Any]) -> None:
    arn = job.topics.get(topic)
    if not arn:
        return
    request = {"endpointName": job.endpoint.name, "inputLocation": job.source}
    if content_type := job.invocation.get("ContentType"):
        request["contentType"] = content_type
    message = {
        "awsRegion": job.endpoint.region,
        "eventTime": _iso(time.time()),
        "receivedTime": _iso(job.received),
        "invocationStatus": status,
        "requestParameters": request,
        **more,
        "inferenceId": job.inference_id,
        "eventVersion": "1.0",
        "eventSource": "aws:sagemaker",
        "eventName": "InferenceResult",
    }
    inside.publish(str(arn), f"SageMaker inference {status.lower()}", json.dumps(message))


def _iso(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z")
