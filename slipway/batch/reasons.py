"""Why files of a job failed: SageMaker's data log of the job (stream `<job>/<instance>/data-log`)."""

from __future__ import annotations

import re
from collections.abc import Iterator

from slipway.artifacts.account import Account, error_code

LOG_GROUP = "/aws/sagemaker/TransformJobs"
_LINE = re.compile(r"\[sagemaker logs\]: (?P<file>\S.*?): ?(?P<text>.*)")
_NO_NEWS = ("", "Message:")


def reasons(account: Account, job: str) -> dict[str, str]:
    """What the log says, by `bucket/key` of the input file; empty when the log is not there (yet)."""
    found: dict[str, list[str]] = {}
    for message in _messages(account, job):
        match = _LINE.search(message)
        if match and "/" in match["file"] and match["text"].strip() not in _NO_NEWS:
            said = found.setdefault(match["file"], [])
            if match["text"].strip() not in said:
                said.append(match["text"].strip())
    return {file: "; ".join(texts)[:1000] for file, texts in found.items()}


def _messages(account: Account, job: str) -> Iterator[str]:
    from botocore.exceptions import ClientError

    logs = account.client("logs")
    try:
        for page in logs.get_paginator("filter_log_events").paginate(logGroupName=LOG_GROUP, logStreamNamePrefix=f"{job}/"):
            for event in page["events"]:
                if event["logStreamName"].endswith("/data-log"):
                    yield event["message"]
    except ClientError as error:
        if error_code(error) != "ResourceNotFoundException":
            raise
