"""InvokeEndpoint through boto3 against a real container."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

import pytest
from botocore.exceptions import ClientError

from slipway.localaws.runtime import container
from tests.localaws.hosting.lab import ROLE, Lab, variant
from tests.localaws.runtime.conftest import total


def endpoint(lab: Lab, *variants: dict[str, Any], **more: Any) -> Any:
    for item in variants or (variant(),):
        lab.model(item["ModelName"])
    lab.config("c", *(variants or (variant(),)), **more)
    lab.create("c")
    return lab.client("sagemaker-runtime")


def failed(runtime: Any, body: bytes = b"x", **more: Any) -> tuple[str, int, str, dict[str, Any]]:
    with pytest.raises(ClientError) as caught:
        runtime.invoke_endpoint(EndpointName="e", Body=body, **more)
    response: dict[str, Any] = dict(caught.value.response)
    return response["Error"]["Code"], response["ResponseMetadata"]["HTTPStatusCode"], response["Error"]["Message"], response


def test_what_is_sent_and_what_comes_back(lab: Lab, client: Any) -> None:
    runtime = endpoint(lab)
    more = {"CustomAttributes": "trace=1", "InferenceId": "id-1", "Accept": "application/json", "ContentType": "text/csv"}
    answer = runtime.invoke_endpoint(EndpointName="e", Body=b"1,2", **more)
    said = json.loads(answer["Body"].read())
    assert (answer["ContentType"], answer["InvokedProductionVariant"], answer["CustomAttributes"]) == (
        "application/json",
        "main",
        "seen trace=1",
    )
    assert said["answer"] == "one" and said["size"] == 3 and said["accept"] == "application/json"
    assert {"content-type", "x-amzn-sagemaker-custom-attributes", "x-amzn-sagemaker-inference-id"} <= set(said["headers"])
    streamed = runtime.invoke_endpoint_with_response_stream(EndpointName="e", Body=b"big 200000")
    parts = [event["PayloadPart"]["Bytes"] for event in streamed["Body"]]
    assert len(parts) > 1 and b"".join(parts) == b"x" * 200_000
    largest = runtime.invoke_endpoint(EndpointName="e", Body=b"0" * 6_291_456)
    assert json.loads(largest["Body"].read())["size"] == 6_291_456


def test_errors_are_those_of_the_model(lab: Lab, client: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    runtime = endpoint(lab)
    code, status, message, response = failed(runtime, b"status 415 no such type")
    assert (code, status) == ("ModelError", 424)
    assert 'Received client error (415) from primary with message "no such type"' in message
    assert response["OriginalStatusCode"] == 415 and response["OriginalMessage"] == "no such type"
    assert response["LogStreamArn"] == "arn:aws:logs:eu-west-1:111111111111:log-group:/aws/sagemaker/Endpoints/e"
    assert "Received server error (500)" in failed(runtime, b"status 500 oh")[2]
    monkeypatch.setattr(container, "MODEL_SECONDS", 0.2)
    code, status, message, response = failed(runtime, b"sleep 2")
    assert (code, status, response["OriginalStatusCode"]) == ("ModelError", 424, 0) and "timed out while waiting" in message
    assert "larger than" in failed(runtime, b"big 7000000")[2]
    for metric, count in (("Invocations", 4), ("Invocation4XXErrors", 1), ("Invocation5XXErrors", 3), ("InvocationModelErrors", 4)):
        assert total(client, metric) == count, metric


WRONG: list[tuple[dict[str, Any], str]] = [
    ({"Body": b"0" * 6_291_457}, "at 'body' failed to satisfy constraint: Member must have length less than or equal to 6291456"),
    ({"CustomAttributes": "a" * 1025}, "at 'customAttributes' failed"),
    ({"InferenceId": "a" * 65}, "at 'inferenceId' failed"),
    ({"TargetVariant": "no_such"}, "at 'targetVariant' failed to satisfy constraint: Member must satisfy regular expression pattern"),
    ({"TargetVariant": "absent"}, "Variant absent not found"),
    ({"TargetModel": "a.tar.gz"}, "only supported for multi-model endpoints"),
    ({"TargetContainerHostname": "other"}, "No container other"),
    ({"EndpointName": "absent"}, "Endpoint absent of account 111111111111 not found"),
]


def test_wrong_requests_are_refused(lab: Lab, client: Any) -> None:
    runtime = endpoint(lab)
    for arguments, words in WRONG:
        with pytest.raises(ClientError) as caught:
            runtime.invoke_endpoint(**({"EndpointName": "e", "Body": b"x"} | arguments))
        assert caught.value.response["Error"]["Code"] == "ValidationError"
        assert words in caught.value.response["Error"]["Message"]


def test_the_split_is_seen_in_the_metrics(lab: Lab, client: Any) -> None:
    light, heavy = variant("light", "one", InitialVariantWeight=1.0), variant("heavy", "two", InitialVariantWeight=3.0)
    runtime = endpoint(lab, light, heavy)
    answers = Counter(runtime.invoke_endpoint(EndpointName="e", Body=b"x")["InvokedProductionVariant"] for _ in range(40))
    assert answers == {"heavy": 30, "light": 10}
    assert total(client, "Invocations", "heavy") == 30 and total(client, "InvocationsPerInstance", "light") == 10
    assert runtime.invoke_endpoint(EndpointName="e", Body=b"x", TargetVariant="light")["InvokedProductionVariant"] == "light"
    low, high = (total(client, "ModelLatency", "heavy", statistic) for statistic in ("p50", "p99"))
    assert 0 < low <= high < 10_000_000 and total(client, "OverheadLatency", "heavy", "Average") > 0
    listed = client("cloudwatch").list_metrics(Namespace="AWS/SageMaker", MetricName="ModelLatency")["Metrics"]
    assert len(listed) == 2


def test_serverless(lab: Lab, client: Any) -> None:
    from concurrent.futures import ThreadPoolExecutor

    config = {"MemorySizeInMB": 1024, "MaxConcurrency": 1}
    runtime = endpoint(lab, variant(ServerlessConfig=config))
    assert json.loads(runtime.invoke_endpoint(EndpointName="e", Body=b"x")["Body"].read())["answer"] == "one"
    assert total(client, "ModelSetupTime") > 0 and total(client, "ServerlessConcurrentExecutionsUtilization", statistic="Maximum") == 1.0
    assert failed(runtime, b"0" * (4 * 1024 * 1024 + 1))[0] == "ValidationError"
    with ThreadPoolExecutor(2) as pool:
        slow = pool.submit(lambda: runtime.invoke_endpoint(EndpointName="e", Body=b"sleep 1"))
        codes: list[str] = []
        while not slow.done() and not codes:
            try:
                runtime.invoke_endpoint(EndpointName="e", Body=b"x")
            except ClientError as error:
                codes.append(error.response["Error"]["Code"])
        assert codes in ([], ["ThrottlingException"])
        slow_failed = slow.exception()
    assert codes or "ThrottlingException" in str(slow_failed)


def test_an_endpoint_without_a_container_says_so(client: Any) -> None:
    sagemaker = client("sagemaker")
    sagemaker.create_model(
        ModelName="m", ExecutionRoleArn=ROLE, PrimaryContainer={"Image": f"{'1' * 12}.dkr.ecr.eu-west-1.amazonaws.com/x:1"}
    )
    sagemaker.create_endpoint_config(EndpointConfigName="c", ProductionVariants=[variant(model="m")])
    sagemaker.create_endpoint(EndpointName="e", EndpointConfigName="c")
    assert failed(client("sagemaker-runtime"))[0] == "NotImplementedLocally"
