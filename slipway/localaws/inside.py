"""What the local AWS itself does as a client of its other services: written to S3 and to SNS as SageMaker's own role would do it.

Objects go through the application like any PutObject, so that bucket settings hold and `--persist` keeps them.
"""

from __future__ import annotations

import base64
import json
import logging
import threading
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import quote, urlencode

import boto3
from botocore.config import Config
from moto.sns.models import sns_backends

from slipway.localaws.functions import settings
from slipway.localaws.journal import Entry
from slipway.localaws.lock import LOCK
from slipway.localaws.request import Call, Environ, read_call
from slipway.localaws.responses import Answer

LOG = logging.getLogger("slipway.localaws")
Aws = Callable[[Call, Environ], Answer]
SECRET = "local"  # noqa: S105  # the secret of every account id as access key
_LONGEST = 910  # seconds: a Lambda function may run for 900
_CLIENT = Config(
    retries={"mode": "standard", "max_attempts": 3}, connect_timeout=5, read_timeout=_LONGEST, proxies={}, s3={"addressing_style": "path"}
)
_clients: dict[tuple[str, str, str, str], Any] = {}
_making = threading.Lock()

_aws: Aws | None = None


class NotWritten(Exception):
    """S3 refused an object; the text says why."""


def bind(aws: Aws) -> None:
    """Use this application's own handler of calls."""
    global _aws
    _aws = aws


def put_object(account: str, region: str, uri: str, body: bytes, content_type: str, kms_key: str = "") -> None:
    """Write `s3://bucket/key`, encrypted with `kms_key` when one is given. Raises NotWritten."""
    bucket, _, key = uri.removeprefix("s3://").partition("/")
    headers: dict[str, object] = {
        "CONTENT_TYPE": content_type,
        "HTTP_HOST": f"s3.{region}.amazonaws.com",
        "HTTP_AUTHORIZATION": _authorization(account, region, "s3"),
    }
    if kms_key:
        headers["HTTP_X_AMZ_SERVER_SIDE_ENCRYPTION"] = "aws:kms"
        headers["HTTP_X_AMZ_SERVER_SIDE_ENCRYPTION_AWS_KMS_KEY_ID"] = kms_key
    answer = _call("PUT", f"/{bucket}/{quote(key.lstrip('/'))}", headers, body)
    if answer.status >= 400:
        raise NotWritten(f"{uri}: {answer.status} {answer.body.decode('utf-8', 'replace')[:300]}")


class Refused(Exception):
    """SageMaker refused a call; the text says why."""


def sagemaker(account: str, region: str, action: str, request: Mapping[str, object]) -> None:
    """Call an action of SageMaker. Raises Refused."""
    headers: dict[str, object] = {
        "CONTENT_TYPE": "application/x-amz-json-1.1",
        "HTTP_HOST": f"api.sagemaker.{region}.amazonaws.com",
        "HTTP_X_AMZ_TARGET": f"SageMaker.{action}",
        "HTTP_AUTHORIZATION": _authorization(account, region, "sagemaker"),
    }
    answer = _call("POST", "/", headers, json.dumps(request).encode())
    if answer.status >= 400:
        raise Refused(answer.body.decode("utf-8", "replace")[:300])


def client(account: str, region: str, service: str) -> Any:
    """A boto3 client of the local AWS itself, in an account. Only for threads that do not hold the lock: it goes through the port.

    Three attempts, no proxy. Raises NotWritten before the local AWS listens.
    """
    url = settings.url()
    if not url:
        raise NotWritten("no local AWS runs")
    with _making:
        key = (url, account, region, service)
        if key not in _clients:
            session: Any = boto3.Session(account, SECRET, region_name=region)
            _clients[key] = session.client(service, endpoint_url=url, config=_CLIENT)
        return _clients[key]


def publish(topic_arn: str, subject: str, message: str) -> None:
    """Publish to an SNS topic. A topic that does not exist is logged: on AWS nobody hears of it either."""
    parts = topic_arn.split(":")
    if len(parts) != 6:
        LOG.warning("%s is no ARN of an SNS topic", topic_arn)
        return
    try:
        with LOCK:
            sns_backends[parts[4]][parts[3]].publish(message, subject=subject[:100], arn=topic_arn)
    except Exception as reason:
        LOG.warning("nothing published to %s: %s", topic_arn, reason)


def confirm_subscription(topic_arn: str, token: str) -> Answer:
    """Confirm a subscription for its subscriber, who has a token and no credentials."""
    parts = topic_arn.split(":")
    account, region = (parts[4], parts[3]) if len(parts) == 6 else ("", "")
    headers: dict[str, object] = {
        "CONTENT_TYPE": "application/x-www-form-urlencoded",
        "HTTP_HOST": f"sns.{region}.amazonaws.com",
        "HTTP_AUTHORIZATION": _authorization(account, region, "sns"),
    }
    form = {"Action": "ConfirmSubscription", "Version": "2010-03-31", "TopicArn": topic_arn, "Token": token}
    return _call("POST", "/", headers, urlencode(form).encode())


def _authorization(account: str, region: str, service: str) -> str:
    return f"AWS4-HMAC-SHA256 Credential={account}/20200101/{region}/{service}/aws4_request, SignedHeaders=host, Signature=0"


def _call(method: str, path: str, headers: dict[str, object], body: bytes) -> Answer:
    if _aws is None:
        raise NotWritten("no local AWS runs")
    environ = Entry(method, path, headers, base64.b64encode(body).decode(), 0).environ()
    environ.update(REQUEST_METHOD=method, RAW_URI=path)
    return _aws(read_call(environ), environ)
