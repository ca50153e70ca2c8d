"""Authorization: the very bytes of botocore's client, once a second; keys and tokens from the environment."""

from __future__ import annotations

from typing import Any

import boto3
import pytest
from botocore.awsrequest import AWSRequest
from botocore.config import Config

from slipway.errors import InputError
from slipway.load.signing import API_KEY, TOKEN, Auth, Signer, secret_of

ACCOUNT, URL = "111111111111", "http://127.0.0.1:9/endpoints/wine/invocations"
AUTH = Auth("aws_iam", "sagemaker", "eu-west-1", ACCOUNT)
HEADERS = {"Content-Type": "text/csv"}


def test_the_signature_is_that_of_botocores_own_client() -> None:
    sent: list[Any] = []

    def stop(request: AWSRequest, **_: Any) -> None:
        sent.append(request)
        raise InterruptedError

    options: Any = {"aws_access_key_id": ACCOUNT, "aws_secret_access_key": "local", "config": Config(retries={"total_max_attempts": 1})}
    client = boto3.client("sagemaker-runtime", region_name="eu-west-1", endpoint_url="http://127.0.0.1:9", **options)
    client.meta.events.register("before-send.sagemaker-runtime.*", stop)
    for _ in range(5):  # until both fall into the same second
        with pytest.raises(InterruptedError):
            client.invoke_endpoint(EndpointName="wine", Body=b"1,2", ContentType="text/csv")
        theirs = {name: value.decode() if isinstance(value, bytes) else value for name, value in sent.pop().headers.items()}
        mine = Signer(AUTH).headers(0, URL, HEADERS, b"1,2")
        if mine["X-Amz-Date"] == theirs["X-Amz-Date"]:
            break
    assert mine["X-Amz-Date"] == theirs["X-Amz-Date"] and mine["Authorization"] == theirs["Authorization"]


def test_a_signature_is_made_once_per_second_and_request() -> None:
    now = [100.2]
    signer = Signer(AUTH, clock=lambda: now[0])
    first = signer.headers(0, URL, HEADERS, b"1")
    now[0] = 100.9
    assert signer.headers(0, URL, HEADERS, b"1") is first
    other = signer.headers(1, URL, HEADERS, b"2")
    assert other["Authorization"] != first["Authorization"] and signer.headers(0, URL, HEADERS, b"1") is first
    now[0] = 101.0
    assert signer.headers(0, URL, HEADERS, b"1") is not first


def test_other_kinds(monkeypatch: pytest.MonkeyPatch) -> None:
    assert Signer(Auth("open")).headers(0, URL, HEADERS, b"") == HEADERS
    assert Signer(Auth("api_key", secret="k")).headers(0, URL, HEADERS, b"") == {**HEADERS, "x-api-key": "k"}
    assert Signer(Auth("cognito", secret="t")).headers(0, URL, HEADERS, b"") == {**HEADERS, "Authorization": "t"}
    monkeypatch.setenv(API_KEY, "key")
    assert secret_of("api_key") == "key" and secret_of("open") == "" and secret_of("aws_iam") == ""
    with pytest.raises(InputError, match=TOKEN):
        secret_of("cognito")
    assert "hidden" not in repr(Auth("api_key", secret="hidden"))
