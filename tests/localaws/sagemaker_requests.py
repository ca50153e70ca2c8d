"""Requests that the SageMaker tests share."""

from __future__ import annotations

from typing import Any

ROLE = "arn:aws:iam::111111111111:role/execution"
IMAGE = "111111111111.dkr.ecr.eu-west-1.amazonaws.com/inference:1"
CAPTURE = {
    "EnableCapture": True,
    "InitialSamplingPercentage": 20,
    "DestinationS3Uri": "s3://capture/x",
    "KmsKeyId": "alias/k",
    "CaptureOptions": [{"CaptureMode": "Input"}],
}
CANARY = {
    "BlueGreenUpdatePolicy": {
        "TrafficRoutingConfiguration": {
            "Type": "CANARY",
            "WaitIntervalInSeconds": 60,
            "CanarySize": {"Type": "CAPACITY_PERCENT", "Value": 10},
        }
    },
    "AutoRollbackConfiguration": {"Alarms": [{"AlarmName": "a"}]},
}


def model(sagemaker: Any, name: str = "m", **arguments: Any) -> str:
    sagemaker.create_model(ModelName=name, ExecutionRoleArn=ROLE, **({"PrimaryContainer": {"Image": IMAGE}} | arguments))
    return name


def variant(name: str, **more: Any) -> dict[str, Any]:
    return {
        "VariantName": name,
        "ModelName": "m",
        "InstanceType": "ml.m5.large",
        "InitialInstanceCount": 2,
        "InitialVariantWeight": 1.0,
        **more,
    }


def config(sagemaker: Any, name: str, *variants: dict[str, Any], **more: Any) -> str:
    sagemaker.create_endpoint_config(EndpointConfigName=name, ProductionVariants=list(variants or (variant("v"),)), **more)
    return name


def status(sagemaker: Any) -> str:
    result: str = sagemaker.describe_endpoint(EndpointName="e")["EndpointStatus"]
    return result


def settle(sagemaker: Any) -> dict[str, Any]:
    for _ in range(5):
        described: dict[str, Any] = sagemaker.describe_endpoint(EndpointName="e")
        if described["EndpointStatus"] == "InService":
            return described
    raise AssertionError("never in service")
