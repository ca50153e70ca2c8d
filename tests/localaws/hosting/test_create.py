"""CreateEndpoint, DeleteEndpoint: real containers, SageMaker's states and reasons."""

from __future__ import annotations

import os
import time
from typing import Any

import pytest
from botocore.exceptions import ClientError

from slipway.containers.client import ConnectionFailed
from slipway.localaws.control import reset
from slipway.localaws.hosting import containers, folders, settings
from slipway.localaws.hosting.live import Unavailable
from tests.localaws.hosting.lab import ROLE, Lab, variant


def test_an_endpoint_answers_and_goes(lab: Lab) -> None:
    lab.model("one", BREAK="slow")
    lab.config("c", variant(InitialInstanceCount=2))
    lab.sagemaker.create_endpoint(EndpointName="e", EndpointConfigName="c")
    described = lab.describe()
    assert described["EndpointStatus"] == "Creating" and described["ProductionVariants"][0]["CurrentInstanceCount"] == 0
    with pytest.raises(Unavailable, match="e is Creating"):
        lab.ask()
    for call in (lambda: lab.update("c"), lambda: lab.sagemaker.delete_endpoint(EndpointName="e")):
        with pytest.raises(ClientError, match="Cannot update in-progress endpoint"):
            call()
    (live,) = lab.wait()["ProductionVariants"]
    assert (live["CurrentInstanceCount"], live["CurrentWeight"]) == (2, 1.0)
    assert live["DeployedImages"][0]["ResolvedImage"] == lab.image
    answers = [lab.ask() for _ in range(4)]
    assert {answer["answer"] for answer in answers} == {"one"} and len({answer["pid"] for answer in answers}) == 2
    assert containers.count() == 2
    lab.sagemaker.delete_endpoint(EndpointName="e")
    while lab.sagemaker.list_endpoints()["Endpoints"]:
        time.sleep(0.05)
    assert containers.count() == 0 and not list((folders.base() / str(os.getpid())).glob("[0-9]*"))


def test_container_logs_are_in_cloudwatch(lab: Lab) -> None:
    lab.model("one"), lab.config("c", variant()), lab.create("c")
    instance = lab.ask()["instance"]
    end = time.monotonic() + 10
    while f"main/{instance}: " + '{"event": "request"' not in lab.logs():
        assert time.monotonic() < end
        time.sleep(0.1)
    assert f"main/{instance}: argv ['serve'] model one" in lab.logs()


def test_a_dead_log_group_stays_dead(lab: Lab) -> None:
    lab.model("one"), lab.config("c", variant()), lab.create("c")
    lab.client("logs").delete_log_group(logGroupName="/aws/sagemaker/Endpoints/e")
    lab.ask()
    time.sleep(0.8)
    assert not lab.client("logs").describe_log_groups()["logGroups"]


@pytest.mark.parametrize(("how", "text"), [("exit", "the model cannot be loaded"), ("ping", "argv ['serve']")])
def test_a_container_that_never_pings(lab: Lab, monkeypatch: pytest.MonkeyPatch, how: str, text: str) -> None:
    monkeypatch.setattr(settings, "MIN_PING_SECONDS", 1.0)
    lab.model("one", BREAK=how), lab.config("c", variant(ContainerStartupHealthCheckTimeoutInSeconds=60))
    described = lab.create("c", wait="Failed")
    sentence, tail = described["FailureReason"].split(" The container's log ends:\n")
    assert sentence == (
        "The primary container for production variant main did not pass the ping health check. Please check CloudWatch logs for this endpoint."
    )
    assert text in tail and len(described["FailureReason"]) <= 1024
    assert text in lab.logs() and containers.count() == 0
    with pytest.raises(ClientError, match="Cannot update in-progress endpoint"):
        lab.update("c")
    lab.sagemaker.delete_endpoint(EndpointName="e")


def test_an_archive_that_is_refused(lab: Lab) -> None:
    lab.client("s3").put_object(Bucket="models", Key="bad.tar.gz", Body=b"not an archive")
    container = {"Image": lab.image, "ModelDataUrl": "s3://models/bad.tar.gz"}
    lab.sagemaker.create_model(ModelName="one", ExecutionRoleArn=ROLE, PrimaryContainer=container)
    lab.config("c", variant())
    reason = lab.create("c", wait="Failed")["FailureReason"]
    assert reason.startswith('Failed to extract model data archive for container "container_1" from URL "s3://models/bad.tar.gz"')
    assert "hosting: " + reason in lab.logs()


def test_an_artifact_that_has_gone(lab: Lab) -> None:
    lab.model("one"), lab.config("c", variant())
    lab.client("s3").delete_object(Bucket="models", Key="one.tar.gz")
    assert "Failed to download model data" in lab.create("c", wait="Failed")["FailureReason"]


def test_model_data_below_a_prefix(lab: Lab) -> None:
    lab.client("s3").put_object(Bucket="models", Key="flat/answer.txt", Body=b"from a prefix")
    source = {"S3Uri": "s3://models/flat/", "S3DataType": "S3Prefix", "CompressionType": "None"}
    container = {"Image": lab.image, "ModelDataSource": {"S3DataSource": source}}
    lab.sagemaker.create_model(ModelName="one", ExecutionRoleArn=ROLE, PrimaryContainer=container)
    lab.config("c", variant()), lab.create("c")
    assert lab.ask()["answer"] == "from a prefix"


@pytest.mark.parametrize(("mode", "ends"), [("auto", "InService"), ("off", "InService"), ("strict", "Failed")])
def test_what_has_no_image_here(lab: Lab, monkeypatch: pytest.MonkeyPatch, mode: str, ends: str) -> None:
    monkeypatch.setenv(settings.MODE, mode)
    image = "222222222222.dkr.ecr.eu-west-1.amazonaws.com/other:1" if mode != "off" else lab.image
    lab.sagemaker.create_model(ModelName="one", ExecutionRoleArn=ROLE, PrimaryContainer={"Image": image})
    lab.config("c", variant())
    assert image in str(lab.create("c", wait=ends).get("FailureReason", image)) and containers.count() == 0
    with pytest.raises(Unavailable) as caught:
        lab.ask()
    assert caught.value.simulated == (mode != "strict")


def test_an_image_that_cannot_run(lab: Lab, image: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from slipway.containers import launch
    from slipway.errors import SlipwayError

    def refuse(*_: Any, **__: Any) -> None:
        raise SlipwayError("this image has no process form", fix="install docker")

    monkeypatch.setattr(launch, "start", refuse)
    lab.model("one"), lab.config("c", variant())
    assert lab.create("c", wait="Failed")["FailureReason"].startswith("CannotStartContainerError.")
    assert "this image has no process form" in lab.logs()


def test_a_container_that_dies_is_replaced(lab: Lab) -> None:
    lab.model("one"), lab.config("c", variant()), lab.create("c")
    first = lab.ask()
    with pytest.raises(ConnectionFailed), lab.live.choose() as target:
        target.invoke(b"exit", {})
    end = time.monotonic() + 20
    while True:
        try:
            second = lab.ask()
            break
        except (Unavailable, ConnectionFailed) as error:
            assert getattr(error, "temporary", True) and time.monotonic() < end
            time.sleep(0.1)
    assert second["instance"] != first["instance"] and lab.describe()["EndpointStatus"] == "InService"
    assert "ended with exit code 7; another instance takes its place" in lab.logs()


def test_a_reset_while_containers_start(lab: Lab) -> None:
    lab.model("one", BREAK="slow"), lab.config("c", variant())
    lab.sagemaker.create_endpoint(EndpointName="e", EndpointConfigName="c")
    reset()
    assert containers.count() == 0 and not lab.sagemaker.list_endpoints()["Endpoints"]


def test_a_model_of_a_package_is_that_package(lab: Lab) -> None:
    container = lab.container("packed", WHO="package")
    specification = {"Containers": [container], "SupportedContentTypes": ["text/plain"], "SupportedResponseMIMETypes": ["text/plain"]}
    lab.sagemaker.create_model_package_group(ModelPackageGroupName="group")
    arn = lab.sagemaker.create_model_package(ModelPackageGroupName="group", InferenceSpecification=specification)["ModelPackageArn"]
    lab.sagemaker.create_model(ModelName="one", ExecutionRoleArn=ROLE, PrimaryContainer={"ModelPackageName": arn})
    lab.create(lab.config("c", variant()))
    assert lab.ask()["answer"] == "packed"
