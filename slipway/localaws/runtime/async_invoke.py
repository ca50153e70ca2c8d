"""InvokeEndpointAsync: accept a request whose input lies in S3; async_queue.py runs it."""

from __future__ import annotations

import json
import re
import time
import uuid
from urllib.parse import unquote

from slipway.localaws.hosting.live import LiveEndpoint
from slipway.localaws.responses import Answer
from slipway.localaws.runtime import async_queue
from slipway.localaws.runtime.async_queue import Job
from slipway.localaws.runtime.errors import ValidationError
from slipway.localaws.runtime.request import Invocation

_DEFAULT_TTL, _DEFAULT_TIMEOUT = 21_600, 900
_ADDRESSES = (
    re.compile(r"https://(?P<bucket>[^/]+)\.s3[.-][^/]*amazonaws\.com/(?P<key>.+)"),
    re.compile(r"https://s3[.-][^/]*amazonaws\.com/(?P<bucket>[^/]+)/(?P<key>.+)"),
)


def invoke_endpoint_async(invocation: Invocation, endpoint: LiveEndpoint) -> Answer:
    """Queue one request: HTTP 202 with where its output, or its failure, will be. ValidationError for a real-time endpoint."""
    endpoint.instances(endpoint.variants()[0].name)  # a simulated endpoint says so now, not in a file
    config = endpoint.config.get("AsyncInferenceConfig")
    if not config:
        raise ValidationError(f"Endpoint {endpoint.name} of account {endpoint.account} is not configured for asynchronous inference.")
    number = str(uuid.uuid4())
    output = config["OutputConfig"]
    places = {
        "success": _place(output.get("S3OutputPath"), f"{number}.out", endpoint),
        "failure": _place(output.get("S3FailurePath"), f"{number}-error.out", endpoint),
    }
    job = Job(
        invocation=invocation,
        endpoint=endpoint,
        inference_id=invocation.get("InferenceId") or number,
        source=s3_uri(invocation.members["InputLocation"]),
        success=places["success"],
        failure=places["failure"],
        kms_key=output.get("KmsKeyId", ""),
        topics=output.get("NotificationConfig") or {},
        expires=time.time() + int(invocation.get("RequestTTLSeconds") or _DEFAULT_TTL),
        timeout=float(invocation.get("InvocationTimeoutSeconds") or _DEFAULT_TIMEOUT),
    )
    async_queue.put(job)
    headers = [("Content-Type", "application/json")]
    headers += [("X-Amzn-SageMaker-OutputLocation", job.success)] if job.success else []
    headers += [("X-Amzn-SageMaker-FailureLocation", job.failure)] if job.failure else []
    return Answer(202, headers, json.dumps({"InferenceId": job.inference_id}).encode())


def s3_uri(location: str) -> str:
    """An InputLocation as `s3://bucket/key`; it may also come as the object's https address, whose key is percent-encoded."""
    for address in _ADDRESSES:
        if match := address.fullmatch(location):
            return f"s3://{match['bucket']}/{unquote(match['key'])}"
    return location


def _place(prefix: str | None, name: str, endpoint: LiveEndpoint) -> str:
    return f"{prefix.rstrip('/')}/{name}" if prefix else ""
