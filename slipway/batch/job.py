"""One transform job: created, followed, stopped."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from slipway.artifacts.account import Account, explain
from slipway.errors import InputError, SlipwayError

DONE = ("Completed", "Failed", "Stopped")
POLL_SECONDS = 10.0
LOCAL_POLL_SECONDS = 0.2


@dataclass(frozen=True)
class Ended:
    """A job that has ended. `reason`: SageMaker's FailureReason; `seconds` from its start to its end."""

    name: str
    status: str
    reason: str
    seconds: float


def create(account: Account, prefix: str, request: Mapping[str, Any]) -> str:
    """Start a job; its name, which no other job has. SlipwayError with what SageMaker says against it."""
    from botocore.exceptions import ClientError, ParamValidationError

    name = f"{prefix}-{uuid.uuid4()}"
    tags = [{"Key": key, "Value": value} for key, value in _tags(account).items()]
    try:
        account.client("sagemaker").create_transform_job(TransformJobName=name, Tags=tags, **request)
    except ParamValidationError as error:
        raise InputError(f"the job cannot be asked for: {error}", fix="correct the options") from None
    except ClientError as error:
        raise explain(error, "the transform job was refused", account) from None
    return name


def follow(account: Account, name: str, look: Callable[[str], None]) -> Ended:
    """Wait for the end of a job; `look` is called with its status after each look. KeyboardInterrupt leaves it running."""
    pause = LOCAL_POLL_SECONDS if account.is_local else POLL_SECONDS
    while True:
        job = describe(account, name)
        look(str(job["TransformJobStatus"]))
        if job["TransformJobStatus"] in DONE:
            return _ended(job)
        time.sleep(pause)


def stop(account: Account, name: str) -> Ended:
    """Stop a job that runs and wait until it has stopped. One that has ended meanwhile is left as it is."""
    from botocore.exceptions import ClientError

    try:
        account.client("sagemaker").stop_transform_job(TransformJobName=name)
    except ClientError as error:
        job = describe(account, name)
        if job["TransformJobStatus"] not in DONE:
            raise explain(error, f"cannot stop job {name}", account) from None
        return _ended(job)
    return follow(account, name, lambda _status: None)


def describe(account: Account, name: str) -> dict[str, Any]:
    """DescribeTransformJob. SlipwayError when there is no such job."""
    from botocore.exceptions import ClientError

    try:
        job: dict[str, Any] = account.client("sagemaker").describe_transform_job(TransformJobName=name)
    except ClientError as error:
        raise explain(error, f"cannot describe job {name}", account) from None
    return job


def require_good(ended: Ended) -> None:
    """SlipwayError for a job that failed before it read any file, or was stopped."""
    if ended.status == "Stopped":
        raise SlipwayError(f"job {ended.name} was stopped", fix="start it again: outputs of files that were done are there")


def _tags(account: Account) -> dict[str, str]:
    return {**account.naming.tags, "project": account.naming.project, "environment": account.naming.environment}


def _ended(job: Mapping[str, Any]) -> Ended:
    begin, end = job.get("TransformStartTime") or job["CreationTime"], job.get("TransformEndTime")
    seconds = (end - begin).total_seconds() if end else 0.0
    return Ended(job["TransformJobName"], job["TransformJobStatus"], job.get("FailureReason", ""), seconds)
