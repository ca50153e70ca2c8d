"""Everything that goes wrong between a caller and a model, with the module's own package behind the local API.

Each failure has its status, a body of `{"error": {"code", "message", "request_id"}}`, and is never 200.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from moto.sagemaker.models import sagemaker_backends

from modules.api.spec import access_log_group, function_log_group, function_name
from tests.invoke.fronted import ACCOUNT, NAMING, REGION, Front, front_spec
from tests.invoke.served import Served, serving
from tests.localaws.api.lab import Reply, signed_fetch
from tests.localaws.functions.lab import until

GOOD = b'{"numbers": [1, 2.5]}'
SECRET_BODY = b'{"numbers": [424242]}'
Ask = Callable[..., Reply]


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """Endpoints that run, and one more of each kind that cannot answer."""
    with serving(tmp_path_factory.mktemp("served")) as there:
        there.add("creating", [there.variant("main", "three")])
        there.add(
            "serverless", [{"VariantName": "main", "ModelName": "three", "ServerlessConfig": {"MemorySizeInMB": 1024, "MaxConcurrency": 1}}]
        )
        sagemaker_backends[ACCOUNT][REGION].endpoints["slipway-dev-creating"].endpoint_status = "Creating"
        yield there


@pytest.fixture(scope="module")
def front(served: Served) -> Front:
    """The function gets 5 seconds, so that an endpoint gets 2; API Gateway waits 1.5 seconds for the path `/checked`."""
    made = Front(served.client, front_spec(function={"timeout": 5}))
    made.shorten("/checked", 1500)
    return made


@pytest.fixture
def ask(front: Front, served: Served) -> Ask:
    """`ask("wine", body, ...)`: one signed request."""

    def send(name: str = "wine", body: bytes = GOOD, *, path: str = "", verb: str = "POST", **options: Any) -> Reply:
        url = f"{served.url}/restapis/{front.id}/dev/_user_request_{path or front.path(name)}"
        return signed_fetch(verb, url, body, **options)

    assert send().status == 200
    return send


def refused(reply: Reply, status: int, code: str) -> None:
    error = reply.json["error"]
    assert (reply.status, error["code"]) == (status, code), reply.body
    assert error["message"] and error["request_id"] == reply.headers["x-amzn-requestid"]


def test_a_prediction(ask: Ask) -> None:
    reply = ask()
    assert (reply.status, reply.json) == (200, {"results": [3.0, 7.5]})
    assert reply.headers["x-amzn-invoked-production-variant"] == "main"
    other = ask(X_Amzn_SageMaker_Target_Variant="other", body=b"1,2", Content_Type="text/csv", Accept="text/csv")
    assert (other.status, other.body) == (200, b"5,10\n")


def test_wrong_auth(ask: Ask) -> None:
    refused(ask(signer=None), 403, "MISSING_AUTHENTICATION_TOKEN")
    refused(ask(signer=(ACCOUNT, "wrong")), 403, "INVALID_SIGNATURE")
    refused(ask(signer=("222222222222", "local")), 403, "ACCESS_DENIED")


def test_unknown_paths_methods_and_endpoints(ask: Ask) -> None:
    refused(ask(path="/endpoints/wnie/invocations"), 404, "NOT_FOUND")
    refused(ask(verb="PUT"), 405, "METHOD_NOT_ALLOWED")
    refused(ask("nothing"), 404, "ENDPOINT_NOT_FOUND")


def test_malformed_bodies(ask: Ask) -> None:
    refused(ask(body=b"{"), 400, "BAD_REQUEST")
    refused(ask(body=b""), 400, "BAD_REQUEST")
    refused(ask(body=b'{"numbers": [NaN]}'), 400, "BAD_REQUEST")
    refused(ask(body=b'{"numbers": ["a"]}'), 400, "MODEL_REFUSED")
    refused(ask("checked", b'{"other": 1}'), 400, "BAD_REQUEST_BODY")
    refused(ask("checked", b"{"), 400, "BAD_REQUEST_BODY")
    refused(ask(Content_Type="image/png"), 415, "UNSUPPORTED_MEDIA_TYPE")
    refused(ask(X_Amzn_SageMaker_Target_Variant="nobody"), 400, "BAD_REQUEST")


def test_oversized_bodies(ask: Ask) -> None:
    refused(ask("checked", b'{"numbers": [' + b"1," * 500 + b"1]}"), 413, "REQUEST_TOO_LARGE")
    refused(ask(body=b"1," * 2_200_000, Content_Type="text/csv"), 413, "REQUEST_TOO_LARGE")
    refused(ask(body=b"1," * 3_300_000, Content_Type="text/csv"), 413, "REQUEST_TOO_LARGE")
    refused(ask(body=b"1" * (10 * 1024 * 1024 + 1), Content_Type="text/csv"), 413, "REQUEST_TOO_LARGE")


def test_endpoints_that_do_not_serve(ask: Ask) -> None:
    refused(ask("creating"), 503, "ENDPOINT_UNAVAILABLE")
    refused(ask("broken"), 503, "ENDPOINT_UNAVAILABLE")


def test_an_update_loses_nothing(ask: Ask, served: Served) -> None:
    served.sagemaker.create_endpoint_config(EndpointConfigName="wine-2", ProductionVariants=[served.variant("main", "five")])
    served.sagemaker.update_endpoint(EndpointName="slipway-dev-wine", EndpointConfigName="wine-2")
    seen = []
    while served.status("wine") != "InService":
        seen.append(ask().status)
    served.sagemaker.update_endpoint(EndpointName="slipway-dev-wine", EndpointConfigName="wine")
    served.wait("wine")
    assert seen and set(seen) == {200}


def test_throttled_by_the_endpoint(ask: Ask, served: Served) -> None:
    assert ask("serverless").status == 200
    runtime = served.client("sagemaker-runtime")
    long = {"EndpointName": "slipway-dev-serverless", "Body": b'{"numbers": [1], "sleep": 2}', "ContentType": "application/json"}
    slow = threading.Thread(target=runtime.invoke_endpoint, kwargs=long)
    slow.start()
    time.sleep(0.3)
    throttled = ask("serverless")
    slow.join()
    refused(throttled, 429, "THROTTLED")
    assert throttled.headers["retry-after"] == "1"


def test_throttled_by_the_stage(ask: Ask, front: Front) -> None:
    front.limit(0.001, 1)
    replies = [ask() for _ in range(3)]
    front.limit(1000, 1000)
    assert [reply.status for reply in replies].count(429) >= 2
    refused(replies[-1], 429, "THROTTLED")
    assert replies[-1].headers["retry-after"] == "1"


def test_slow_endpoints(ask: Ask) -> None:
    refused(ask(body=b'{"numbers": [1], "sleep": 4}'), 504, "ENDPOINT_TIMEOUT")
    assert ask("checked").status == 200
    refused(ask("checked", b'{"numbers": [1], "sleep": 1.9}'), 504, "INTEGRATION_TIMEOUT")


def test_a_function_that_fails(ask: Ask, front: Front) -> None:
    functions = front.client("lambda")
    functions.update_function_configuration(FunctionName=function_name(NAMING), Handler="function.handler.nothing")
    refused(ask(), 502, "DEFAULT_5XX")
    functions.update_function_configuration(FunctionName=function_name(NAMING), Handler="function.handler.handle")
    functions.put_function_concurrency(FunctionName=function_name(NAMING), ReservedConcurrentExecutions=0)
    refused(ask(), 500, "API_CONFIGURATION_ERROR")
    functions.delete_function_concurrency(FunctionName=function_name(NAMING))
    assert ask().status == 200


def test_a_streamed_answer_comes_whole(ask: Ask) -> None:
    reply = ask("streamed")
    assert reply.status == 200 and reply.json == ask("wine").json
    refused(ask("streamed", b'{"numbers": ["a"]}'), 400, "MODEL_REFUSED")


def test_an_asynchronous_endpoint(ask: Ask, served: Served) -> None:
    reply = ask("later", X_Amzn_SageMaker_Inference_Id="mine")
    assert reply.status == 202 and reply.json["inference_id"] == "mine" and reply.headers["location"] == reply.json["output_location"]
    bucket, _, key = reply.headers["location"].removeprefix("s3://").partition("/")
    s3 = served.client("s3")
    until(lambda: s3.list_objects_v2(Bucket=bucket, Prefix=key).get("Contents"))
    assert json.loads(s3.get_object(Bucket=bucket, Key=key)["Body"].read()) == {"results": [3.0, 7.5]}


def test_no_payload_in_any_log(ask: Ask, front: Front) -> None:
    assert ask(body=SECRET_BODY).status == 200
    identity = ask(body=b'{"numbers": [424242, "a"]}').headers["x-amzn-requestid"]
    logs = front.client("logs")

    def lines(group: str) -> list[str]:
        return [event["message"] for event in logs.filter_log_events(logGroupName=group)["events"]]

    access = until(lambda: [line for line in lines(access_log_group(NAMING)) if identity in line])
    assert json.loads(access[0])["status"] == "400" and json.loads(access[0])["resource"] == "/endpoints/wine/invocations"
    until(lambda: [line for line in lines(function_log_group(NAMING)) if identity in line])
    assert not any("424242" in line for group in (access_log_group(NAMING), function_log_group(NAMING)) for line in lines(group))
