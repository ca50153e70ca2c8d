"""InvokeEndpointAsync: the request goes to S3, the answer is waited for there."""

from __future__ import annotations

import time
import uuid
from typing import Any
from urllib.parse import urlsplit

from slipway.artifacts.account import Account, error_code, explain
from slipway.errors import InputError, SlipwayError
from slipway.invoke.call import Answer, Call, refused
from slipway.invoke.endpoint import Endpoint
from slipway.progress import Reporter

LIMIT_SECONDS = 3600.0
"""How long an answer is waited for: the longest processing time SageMaker allows."""


def ask_later(
    account: Account, endpoint: Endpoint, call: Call, reporter: Reporter, *, limit: float = LIMIT_SECONDS, pause: float = 1.0
) -> Answer:
    """Upload the body beside the endpoint's results, queue it, and wait for the result or the failure.

    InputError for an endpoint that is not asynchronous; SlipwayError when nothing came within `limit` seconds.
    """
    from botocore.exceptions import ClientError

    started = time.monotonic()
    location = _upload(account, endpoint, call)
    options = {"ContentType": call.content_type, "Accept": call.accept, "InferenceId": call.inference_id}
    given = {name: value for name, value in options.items() if value}
    try:
        queued = account.client("sagemaker-runtime").invoke_endpoint_async(EndpointName=endpoint.name, InputLocation=location, **given)
    except ClientError as error:
        raise refused(error, endpoint) from None
    reporter.info(endpoint.name, f"queued as {queued['InferenceId']}, result at {queued['OutputLocation']}")
    while time.monotonic() - started < limit:
        for status, place in ((200, queued.get("OutputLocation")), (500, queued.get("FailureLocation"))):
            if place and (found := _fetch(account, place)) is not None:
                return Answer(status, found["body"], found["type"], "", time.monotonic() - started)
        reporter.waiting(endpoint.name, "the result")
        time.sleep(pause)
    raise SlipwayError(f"no result at {queued['OutputLocation']} within {limit:g} s", fix=f"see its log: {endpoint.log_group}")


def is_asynchronous(account: Account, endpoint: Endpoint) -> bool:
    """Whether the endpoint takes its requests from S3: then InvokeEndpoint is refused."""
    return endpoint.hosting == "sagemaker" and bool(_output_path(account, endpoint))


def _output_path(account: Account, endpoint: Endpoint) -> str:
    """Where the results go; empty when the endpoint is not asynchronous."""
    config = account.client("sagemaker").describe_endpoint_config(EndpointConfigName=endpoint.config)
    return str(config.get("AsyncInferenceConfig", {}).get("OutputConfig", {}).get("S3OutputPath", ""))


def _upload(account: Account, endpoint: Endpoint, call: Call) -> str:
    """Put the body into the bucket of the endpoint's results; its address."""
    from botocore.exceptions import ClientError

    output = _output_path(account, endpoint)
    if not output:
        raise InputError(f"endpoint {endpoint.name} is not asynchronous", fix="leave out --async")
    bucket, key = urlsplit(output).netloc, f"{endpoint.name}/input/{uuid.uuid4()}"
    try:
        account.client("s3").put_object(Bucket=bucket, Key=key, Body=call.body, ContentType=call.content_type or "application/octet-stream")
    except ClientError as error:
        raise explain(error, f"cannot upload the request to s3://{bucket}/{key}", account) from None
    return f"s3://{bucket}/{key}"


def _fetch(account: Account, address: str) -> dict[str, Any] | None:
    from botocore.exceptions import ClientError

    parts = urlsplit(address)
    try:
        found = account.client("s3").get_object(Bucket=parts.netloc, Key=parts.path.lstrip("/"))
    except ClientError as error:
        if error_code(error) in ("NoSuchKey", "404", "AccessDenied"):  # without s3:ListBucket a missing key looks like a refusal
            return None
        raise explain(error, f"cannot read {address}", account) from None
    return {"body": found["Body"].read(), "type": found.get("ContentType", "")}
