"""Sends one request to what is tested and reads its whole answer: an endpoint through SageMaker, or an API by HTTP."""

from __future__ import annotations

import http.client
import os
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol
from urllib.parse import urlsplit

import boto3
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from modules.load_test.cases import LoadCase
from modules.load_test.function.settings import Settings

IDLE_SECONDS = 4.0
"""A connection unused for longer is opened anew: the other side may have closed it, and that would count as an error of the target."""
NO_ANSWER = 0
"""Status of a request that got no HTTP answer at all: refused connection, time-out, broken off."""


@dataclass(frozen=True)
class Answer:
    """`failure` says why there is no answer; `status` is then NO_ANSWER."""

    status: int
    content_type: str | None = None
    body: bytes = b""
    failure: str = ""


class Target(Protocol):
    """What is tested."""

    def send(self, case: LoadCase) -> Answer:
        """One request and its whole answer. Never raises for what the other side does."""

    def close(self) -> None:
        """Close every connection."""


def open_target(settings: Settings) -> Target:
    """The target of the settings."""
    return ApiTarget(settings) if settings.api_url else EndpointTarget(settings)


class EndpointTarget:
    """An endpoint, by InvokeEndpoint. Nothing is tried again: a repeated request would hide an error and count as one."""

    def __init__(self, settings: Settings) -> None:
        seconds = settings.request_timeout_in_seconds
        config = Config(
            connect_timeout=min(5.0, seconds),
            read_timeout=seconds,
            retries={"total_max_attempts": 1},
            max_pool_connections=settings.max_concurrent_requests,
        )
        self._client = boto3.client("sagemaker-runtime", region_name=settings.region, config=config)
        self._fixed = {"EndpointName": settings.endpoint_name}
        if settings.target_variant:
            self._fixed["TargetVariant"] = settings.target_variant

    def send(self, case: LoadCase) -> Answer:
        """InvokeEndpoint; a model error is the container's own answer, which comes without its content type."""
        options = {"ContentType": case.headers.get("Content-Type"), "Accept": case.headers.get("Accept")}
        try:
            found = self._client.invoke_endpoint(Body=case.body, **self._fixed, **{k: v for k, v in options.items() if v is not None})
            body = found["Body"].read()
        except ClientError as error:
            return _refusal(error, case)
        except (BotoCoreError, OSError, http.client.HTTPException) as error:
            return Answer(NO_ANSWER, failure=type(error).__name__)
        return Answer(found["ResponseMetadata"]["HTTPStatusCode"], found.get("ContentType"), body)

    def close(self) -> None:
        """Close the pool of connections."""
        self._client.close()


def _refusal(error: ClientError, case: LoadCase) -> Answer:
    details: Any = error.response
    status = int(details["ResponseMetadata"]["HTTPStatusCode"])
    if details["Error"].get("Code") != "ModelError":
        return Answer(status, body=str(details["Error"].get("Message", "")).encode(), failure=str(details["Error"].get("Code", "")))
    text = str(details.get("OriginalMessage", "")).encode()
    return Answer(int(details.get("OriginalStatusCode", status)), case.expect.content_type, text)


class ApiTarget:
    """An API's route, by HTTP over one kept connection for each sending thread, signed or with its key as the API asks."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._url = urlsplit(settings.api_url)
        # The variable with which every AWS SDK is sent elsewhere; the request still names the API's own host.
        elsewhere = os.environ.get("AWS_ENDPOINT_URL_EXECUTE_API") or os.environ.get("AWS_ENDPOINT_URL")
        self._server = urlsplit(elsewhere) if elsewhere else self._url
        self._session = boto3.Session(region_name=settings.region)
        self._key = self._api_key() if settings.auth == "api_key" else ""
        self._own = threading.local()
        self._all: list[http.client.HTTPConnection] = []

    def send(self, case: LoadCase) -> Answer:
        """One request to the route, read to the last byte. A connection that broke is closed, and the next request opens a new one."""
        connection = self._connection()
        try:
            connection.request(self._settings.method, self._url.path, body=case.body, headers=dict(self._headers(case)))
            answer = connection.getresponse()
            return Answer(answer.status, answer.getheader("Content-Type"), answer.read())
        except (OSError, http.client.HTTPException) as error:
            connection.close()
            return Answer(NO_ANSWER, failure=type(error).__name__)

    def close(self) -> None:
        """Close the connections of all threads."""
        for connection in self._all:
            connection.close()

    def _headers(self, case: LoadCase) -> Mapping[str, str]:
        request = AWSRequest(self._settings.method, self._settings.api_url, data=case.body, headers=dict(case.headers))
        if self._key:
            request.headers["x-api-key"] = self._key
        if self._settings.auth == "aws_iam":
            SigV4Auth(self._credentials(), "execute-api", self._settings.region).add_auth(request)
        request.headers["Host"] = self._url.netloc
        return dict(request.headers)

    def _credentials(self) -> Any:
        """Frozen, because several threads sign with them."""
        found = self._session.get_credentials()
        return found.get_frozen_credentials() if found else None

    def _connection(self) -> http.client.HTTPConnection:
        found: http.client.HTTPConnection | None = getattr(self._own, "connection", None)
        if found is None:
            kind = http.client.HTTPSConnection if self._server.scheme == "https" else http.client.HTTPConnection
            found = kind(self._server.netloc, timeout=self._settings.request_timeout_in_seconds)
            self._own.connection = found
            self._all.append(found)
        elif time.monotonic() - self._own.used > IDLE_SECONDS:
            found.close()
        self._own.used = time.monotonic()
        return found

    def _api_key(self) -> str:
        client = self._session.client("apigateway")
        return str(client.get_api_key(apiKey=self._settings.api_key_id, includeValue=True)["value"])
