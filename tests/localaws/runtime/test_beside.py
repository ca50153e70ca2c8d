"""What happens beside an invocation: captured data, copies to shadows, asynchronous requests."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from slipway.localaws.runtime import async_queue, capture
from tests.localaws.hosting.lab import Lab, variant
from tests.localaws.inbox import Inbox
from tests.localaws.runtime.conftest import BUCKET, total, until
from tests.localaws.runtime.test_invoke import endpoint, failed

CAPTURE = {
    "EnableCapture": True,
    "InitialSamplingPercentage": 100,
    "DestinationS3Uri": f"s3://{BUCKET}/captured/",
    "CaptureOptions": [{"CaptureMode": "Input"}, {"CaptureMode": "Output"}],
    "CaptureContentTypeHeader": {"CsvContentTypes": ["text/csv"], "JsonContentTypes": ["application/json"]},
}


def objects(client: Any, prefix: str) -> dict[str, bytes]:
    s3 = client("s3")
    keys = [item["Key"] for item in s3.list_objects_v2(Bucket=BUCKET, Prefix=prefix).get("Contents", [])]
    return {key: s3.get_object(Bucket=BUCKET, Key=key)["Body"].read() for key in keys}


def test_captured_data(lab: Lab, client: Any) -> None:
    key = client("kms").create_key()["KeyMetadata"]["Arn"]
    runtime = endpoint(lab, DataCaptureConfig={**CAPTURE, "KmsKeyId": key})
    runtime.invoke_endpoint(EndpointName="e", Body=b"1,2", ContentType="text/csv", InferenceId="a", CustomAttributes="c=1")
    runtime.invoke_endpoint(EndpointName="e", Body=b"\xff\x00", ContentType="application/x-npy")
    failed(runtime, b"status 500 x")
    found = until(lambda: objects(client, "captured/"))
    lines = [json.loads(line) for body in found.values() for line in body.splitlines()]
    for name in found:
        assert re.fullmatch(r"captured/e/main/\d{4}/\d\d/\d\d/\d\d/\d\d-\d\d-\d{3}-[0-9a-f-]{36}\.jsonl", name)
    assert client("s3").head_object(Bucket=BUCKET, Key=next(iter(found)))["SSEKMSKeyId"] == key
    first, second = lines
    assert first["captureData"]["endpointInput"] == {"observedContentType": "text/csv", "mode": "INPUT", "data": "1,2", "encoding": "CSV"}
    assert first["captureData"]["endpointOutput"]["encoding"] == "JSON" and first["eventVersion"] == "0"
    assert first["eventMetadata"]["inferenceId"] == "a" and first["eventMetadata"]["customAttributes"] == ["c=1"]
    assert (second["captureData"]["endpointInput"]["encoding"], second["captureData"]["endpointInput"]["data"]) == ("BASE64", "/wA=")


def test_sampling_and_options(lab: Lab, client: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    config = {**CAPTURE, "InitialSamplingPercentage": 30, "CaptureOptions": [{"CaptureMode": "Output"}]}
    draws = iter([0.29, 0.31, 0.1, 0.9])
    monkeypatch.setattr(capture, "chance", lambda: next(draws))
    runtime = endpoint(lab, DataCaptureConfig=config)
    for _ in range(4):
        runtime.invoke_endpoint(EndpointName="e", Body=b"x")
    capture.flush()
    (lines,) = objects(client, "captured/").values()
    assert [set(json.loads(line)["captureData"]) for line in lines.splitlines()] == [{"endpointOutput"}] * 2


def test_shadows_get_copies(lab: Lab, client: Any) -> None:
    lab.model("two")
    runtime = endpoint(lab, variant(), ShadowProductionVariants=[variant("dark", "two", InitialVariantWeight=1.0)])
    answers = [json.loads(runtime.invoke_endpoint(EndpointName="e", Body=b"x")["Body"].read())["answer"] for _ in range(5)]
    assert answers == ["one"] * 5
    assert until(lambda: total(client, "Invocations", "dark") == 5)
    assert total(client, "ModelLatency", "dark", "SampleCount") == 5


@pytest.fixture
def inbox() -> Any:
    box = Inbox()
    yield box
    box.close()


def test_asynchronous(lab: Lab, client: Any, inbox: Inbox) -> None:
    topic = client("sns").create_topic(Name="done")["TopicArn"]
    inbox.subscribe(client("sns"), topic)
    output = {
        "S3OutputPath": f"s3://{BUCKET}/results",
        "S3FailurePath": f"s3://{BUCKET}/failures",
        "NotificationConfig": {"SuccessTopic": topic, "ErrorTopic": topic},
    }
    config = {"OutputConfig": output, "ClientConfig": {"MaxConcurrentInvocationsPerInstance": 2}}
    runtime = endpoint(lab, AsyncInferenceConfig=config)
    for name, body in (("good", b"1,2,3"), ("bad", b"status 400 wrong")):
        client("s3").put_object(Bucket=BUCKET, Key=f"in/{name}", Body=body)
    places = {
        name: runtime.invoke_endpoint_async(
            EndpointName="e", InputLocation=f"s3://{BUCKET}/in/{name}", InferenceId=name, ContentType="text/csv"
        )
        for name in ("good", "bad", "absent")
    }
    assert places["good"]["ResponseMetadata"]["HTTPStatusCode"] == 202 and places["good"]["InferenceId"] == "good"
    assert places["good"]["OutputLocation"].endswith(".out") and places["good"]["FailureLocation"].endswith("-error.out")
    until(lambda: len(inbox.messages) == 3)
    (result,) = objects(client, "results/").values()
    assert json.loads(result)["size"] == 5 and len(objects(client, "failures/")) == 2
    told = {message["inferenceId"]: message for message in (json.loads(item["Message"]) for item in inbox.messages)}
    assert (
        told["good"]["invocationStatus"] == "Completed"
        and told["good"]["responseParameters"]["outputLocation"] == places["good"]["OutputLocation"]
    )
    assert told["bad"]["invocationStatus"] == "Failed" and "client error (400)" in told["bad"]["failureReason"]
    assert "Could not download" in told["absent"]["failureReason"] and told["good"]["requestParameters"]["endpointName"] == "e"
    assert until(lambda: total(client, "ApproximateBacklogSize", None, "SampleCount")) and total(client, "InvocationsProcessed") == 2
    assert total(client, "Invocations") is None and total(client, "OverheadLatency") is None
    assert "asynchronous" in failed(runtime)[2]


def test_inputs_by_any_address(lab: Lab, client: Any) -> None:
    """Percent-encoded https addresses of both kinds, and a key that is no ASCII and no part of a URL."""
    runtime = endpoint(lab, AsyncInferenceConfig={"OutputConfig": {"S3OutputPath": f"s3://{BUCKET}/results"}})
    client("s3").put_object(Bucket=BUCKET, Key="in/\u00fc b+%41?#1", Body=b"1,2")
    host, key = "s3.eu-west-1.amazonaws.com", "in/%C3%BC%20b%2B%2541%3F%231"
    for location in (f"https://{BUCKET}.{host}/{key}", f"https://{host}/{BUCKET}/{key}", f"s3://{BUCKET}/in/\u00fc b+%41?#1"):
        runtime.invoke_endpoint_async(EndpointName="e", InputLocation=location)
    until(lambda: [json.loads(body)["size"] for body in objects(client, "results/").values()] == [3, 3, 3])


def test_what_waits_ends_with_the_endpoint(lab: Lab, client: Any) -> None:
    """A new endpoint of the same name does not get the old one's requests."""
    places = {"OutputConfig": {"S3OutputPath": f"s3://{BUCKET}/results", "S3FailurePath": f"s3://{BUCKET}/failures"}}
    runtime = endpoint(lab, AsyncInferenceConfig={**places, "ClientConfig": {"MaxConcurrentInvocationsPerInstance": 1}})
    client("s3").put_object(Bucket=BUCKET, Key="in", Body=b"sleep 0.4")
    for _ in range(3):
        runtime.invoke_endpoint_async(EndpointName="e", InputLocation=f"s3://{BUCKET}/in")
    lab.sagemaker.delete_endpoint(EndpointName="e")
    until(lambda: not lab.sagemaker.list_endpoints()["Endpoints"])
    lab.create("c")
    place = runtime.invoke_endpoint_async(EndpointName="e", InputLocation=f"s3://{BUCKET}/in")["OutputLocation"]
    until(lambda: place.removeprefix(f"s3://{BUCKET}/") in objects(client, "results/"))
    assert len(objects(client, "results/")) == 2 and not objects(client, "failures/")
    until(lambda: async_queue.backlog(lab.live.arn) == 0)


def test_a_request_to_a_real_time_endpoint_is_not_asynchronous(lab: Lab, client: Any) -> None:
    runtime = endpoint(lab)
    with pytest.raises(Exception, match="not configured for asynchronous"):
        runtime.invoke_endpoint_async(EndpointName="e", InputLocation="s3://in/1")


def test_utilization_of_the_containers(lab: Lab, client: Any) -> None:
    endpoint(lab)
    namespace = "/aws/sagemaker/Endpoints"
    assert until(lambda: total(client, "MemoryUtilization", statistic="Maximum", namespace=namespace)) > 0
    assert total(client, "CPUUtilization", statistic="Maximum", namespace=namespace) >= 0
