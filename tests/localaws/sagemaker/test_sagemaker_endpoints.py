"""SageMaker endpoints: states, updates, live variants."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError

from slipway.localaws.sagemaker import endpoints
from tests.localaws.sagemaker_requests import CANARY, CAPTURE, config, model, settle, status, variant


def test_the_life_of_an_endpoint(client: Any) -> None:
    sagemaker = client("sagemaker")
    model(sagemaker), config(sagemaker, "one", variant("a"), variant("b"), DataCaptureConfig=CAPTURE)
    config(sagemaker, "two", variant("a", InitialInstanceCount=4), ShadowProductionVariants=[variant("s")])
    sagemaker.create_endpoint(EndpointName="e", EndpointConfigName="one", DeploymentConfig=CANARY)
    assert [status(sagemaker) for _ in range(3)] == ["Creating", "InService", "InService"]
    described = sagemaker.describe_endpoint(EndpointName="e")
    assert described["LastDeploymentConfig"] == CANARY
    assert (
        described["DataCaptureConfig"]["CaptureStatus"] == "Started" and described["DataCaptureConfig"]["CurrentSamplingPercentage"] == 20
    )
    sagemaker.update_endpoint(EndpointName="e", EndpointConfigName="two")
    assert [status(sagemaker) for _ in range(4)] == ["Updating", "Updating", "InService", "InService"]
    described = sagemaker.describe_endpoint(EndpointName="e")
    assert described["EndpointConfigName"] == "two" and described["ProductionVariants"][0]["CurrentInstanceCount"] == 4
    assert described["ShadowProductionVariants"][0]["VariantName"] == "s"
    assert "LastDeploymentConfig" not in described and "DataCaptureConfig" not in described
    sagemaker.delete_endpoint(EndpointName="e")
    with pytest.raises(ClientError, match="Could not find endpoint"):
        status(sagemaker)


def test_an_endpoint_settles_without_being_looked_at(client: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(endpoints, "SETTLES_AFTER_SECONDS", 0.0)
    sagemaker = client("sagemaker")
    model(sagemaker), config(sagemaker, "c")
    sagemaker.create_endpoint(EndpointName="e", EndpointConfigName="c")
    assert status(sagemaker) == "InService"
    for _ in range(2):
        sagemaker.update_endpoint(EndpointName="e", EndpointConfigName="c")


@pytest.mark.parametrize(
    ("arguments", "count", "weight"),
    [
        ({}, 4, 1.0),
        ({"RetainAllVariantProperties": True}, 7, 3.0),
        (
            {"RetainAllVariantProperties": True, "ExcludeRetainedVariantProperties": [{"VariantPropertyType": "DesiredWeight"}]},
            7,
            1.0,
        ),
    ],
)
def test_an_update_retains_what_it_is_told_to(client: Any, arguments: dict[str, Any], count: int, weight: float) -> None:
    sagemaker = client("sagemaker")
    model(sagemaker), config(sagemaker, "one", variant("a"), variant("b")), config(sagemaker, "two", variant("a", InitialInstanceCount=4))
    sagemaker.create_endpoint(EndpointName="e", EndpointConfigName="one")
    settle(sagemaker)
    change = {"VariantName": "a", "DesiredInstanceCount": 7, "DesiredWeight": 3.0}
    sagemaker.update_endpoint_weights_and_capacities(EndpointName="e", DesiredWeightsAndCapacities=[change])
    settle(sagemaker)
    sagemaker.update_endpoint(EndpointName="e", EndpointConfigName="two", **arguments)
    variants = settle(sagemaker)["ProductionVariants"]
    assert [(item["VariantName"], item["CurrentInstanceCount"], item["CurrentWeight"]) for item in variants] == [("a", count, weight)]


def test_weights_and_capacities(client: Any) -> None:
    sagemaker = client("sagemaker")
    model(sagemaker), config(sagemaker, "c", variant("a"), variant("b"))
    sagemaker.create_endpoint(EndpointName="e", EndpointConfigName="c")
    settle(sagemaker)
    change = [{"VariantName": "a", "DesiredInstanceCount": 5}, {"VariantName": "b", "DesiredWeight": 0.0}]
    sagemaker.update_endpoint_weights_and_capacities(EndpointName="e", DesiredWeightsAndCapacities=change)
    during = sagemaker.describe_endpoint(EndpointName="e")
    assert during["EndpointStatus"] == "Updating"
    assert (during["ProductionVariants"][0]["CurrentInstanceCount"], during["ProductionVariants"][0]["DesiredInstanceCount"]) == (2, 5)
    with pytest.raises(ClientError, match="Cannot update in-progress endpoint"):
        sagemaker.update_endpoint(EndpointName="e", EndpointConfigName="c")
    first, second = settle(sagemaker)["ProductionVariants"]
    assert (first["CurrentInstanceCount"], first["CurrentWeight"]) == (5, 1.0)
    assert (second["CurrentInstanceCount"], second["CurrentWeight"]) == (2, 0.0)
    for names, text in ((["a", "a"], "non-unique"), (["absent"], "not present within")):
        with pytest.raises(ClientError, match=text):
            sagemaker.update_endpoint_weights_and_capacities(
                EndpointName="e", DesiredWeightsAndCapacities=[{"VariantName": name, "DesiredWeight": 1.0} for name in names]
            )


def test_serverless(client: Any) -> None:
    sagemaker = client("sagemaker")
    model(sagemaker)
    serverless = {"MemorySizeInMB": 2048, "MaxConcurrency": 5, "ProvisionedConcurrency": 1}
    config(sagemaker, "c", {"VariantName": "v", "ModelName": "m", "ServerlessConfig": serverless})
    sagemaker.create_endpoint(EndpointName="e", EndpointConfigName="c")
    assert settle(sagemaker)["ProductionVariants"][0]["CurrentServerlessConfig"] == serverless
    change = [{"VariantName": "v", "ServerlessUpdateConfig": {"ProvisionedConcurrency": 3}}]
    sagemaker.update_endpoint_weights_and_capacities(EndpointName="e", DesiredWeightsAndCapacities=change)
    assert settle(sagemaker)["ProductionVariants"][0]["CurrentServerlessConfig"] == {**serverless, "ProvisionedConcurrency": 3}


def test_tags(client: Any) -> None:
    sagemaker = client("sagemaker")
    model(sagemaker)
    arn = config(sagemaker, "c") and sagemaker.create_endpoint(EndpointName="e", EndpointConfigName="c")["EndpointArn"]
    sagemaker.add_tags(ResourceArn=arn, Tags=[{"Key": "k", "Value": "1"}])
    sagemaker.add_tags(ResourceArn=arn, Tags=[{"Key": "k", "Value": "2"}, {"Key": "l", "Value": "3"}])
    sagemaker.delete_tags(ResourceArn=arn, TagKeys=["l"])
    assert sagemaker.list_tags(ResourceArn=arn)["Tags"] == [{"Key": "k", "Value": "2"}]


def test_an_endpoint_that_exists_says_that_nothing_serves_it(client: Any) -> None:
    sagemaker = client("sagemaker")
    model(sagemaker), config(sagemaker, "c")
    sagemaker.create_endpoint(EndpointName="e", EndpointConfigName="c")
    for call in ("invoke_endpoint", "invoke_endpoint_async"):
        arguments = {"Body": b"1"} if call == "invoke_endpoint" else {"InputLocation": "s3://in/1"}
        with pytest.raises(ClientError, match="runs no containers") as caught:
            getattr(client("sagemaker-runtime"), call)(EndpointName="e", **arguments)
        assert caught.value.response["Error"]["Code"] == "NotImplementedLocally"
