"""SageMaker models and endpoint configurations behave as AWS's, with AWS's words."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.localaws.sagemaker_requests import CAPTURE, IMAGE, ROLE, config, model, variant


def test_a_model_is_described_as_it_was_made(client: Any) -> None:
    sagemaker = client("sagemaker")
    source = {"S3DataSource": {"S3Uri": "s3://models/m/", "S3DataType": "S3Prefix", "CompressionType": "None"}}
    request = {
        "Containers": [
            {"ContainerHostname": "first", "Image": IMAGE, "Environment": {"A": "1"}, "ModelDataSource": source},
            {"ContainerHostname": "second", "Image": IMAGE, "ModelDataUrl": "s3://models/m.tar.gz"},
        ],
        "InferenceExecutionConfig": {"Mode": "Direct"},
        "EnableNetworkIsolation": True,
        "VpcConfig": {"SecurityGroupIds": ["sg-1"], "Subnets": ["subnet-1"]},
    }
    sagemaker.create_model(ModelName="m", ExecutionRoleArn=ROLE, Tags=[{"Key": "k", "Value": "v"}], **request)
    described = sagemaker.describe_model(ModelName="m")
    assert request.items() <= described.items()
    assert "PrimaryContainer" not in described and "Tags" not in described
    assert sagemaker.list_tags(ResourceArn=described["ModelArn"])["Tags"] == [{"Key": "k", "Value": "v"}]


def test_what_was_not_given_is_not_described(client: Any) -> None:
    sagemaker = client("sagemaker")
    model(sagemaker), config(sagemaker, "c")
    described = sagemaker.describe_model(ModelName="m")
    assert described["EnableNetworkIsolation"] is False
    assert not {"VpcConfig", "Containers", "InferenceExecutionConfig"} & set(described)
    described = sagemaker.describe_endpoint_config(EndpointConfigName="c")
    assert not {"DataCaptureConfig", "AsyncInferenceConfig", "ShadowProductionVariants", "KmsKeyId", "Tags"} & set(described)


def test_a_configuration_is_described_as_it_was_made(client: Any) -> None:
    sagemaker = client("sagemaker")
    model(sagemaker)
    scaling = {"Status": "ENABLED", "MinInstanceCount": 1, "MaxInstanceCount": 3}
    main = variant("main", RoutingConfig={"RoutingStrategy": "LEAST_OUTSTANDING_REQUESTS"}, ManagedInstanceScaling=scaling)
    main |= {"ContainerStartupHealthCheckTimeoutInSeconds": 300, "ModelDataDownloadTimeoutInSeconds": 600, "VolumeSizeInGB": 50}
    request = {
        "ProductionVariants": [main, variant("b", InstanceType="ml.g5.xlarge")],
        "DataCaptureConfig": CAPTURE,
        "KmsKeyId": "alias/volume",
        "ShadowProductionVariants": [variant("s")],
        "AsyncInferenceConfig": {"OutputConfig": {"S3OutputPath": "s3://out"}},
    }
    sagemaker.create_endpoint_config(EndpointConfigName="c", **request)
    assert request.items() <= sagemaker.describe_endpoint_config(EndpointConfigName="c").items()


@pytest.mark.parametrize(
    ("action", "arguments", "text"),
    [
        ("describe_model", {"ModelName": "x"}, "Could not find model"),
        ("delete_model", {"ModelName": "x"}, "Could not find model"),
        ("describe_endpoint_config", {"EndpointConfigName": "x"}, 'Could not find endpoint configuration "arn:aws:sagemaker:eu-west-1:1'),
        ("delete_endpoint_config", {"EndpointConfigName": "x"}, "Could not find endpoint configuration"),
        ("describe_endpoint", {"EndpointName": "x"}, "Could not find endpoint "),
        ("delete_endpoint", {"EndpointName": "x"}, "Could not find endpoint "),
        ("create_endpoint", {"EndpointName": "n", "EndpointConfigName": "x"}, "Could not find endpoint configuration"),
        ("update_endpoint", {"EndpointName": "x", "EndpointConfigName": "c"}, "Could not find endpoint "),
        ("update_endpoint", {"EndpointName": "e", "EndpointConfigName": "x"}, "Could not find endpoint configuration"),
        ("create_model", {"ModelName": "m", "ExecutionRoleArn": ROLE}, "Cannot create already existing model"),
        (
            "create_endpoint_config",
            {"EndpointConfigName": "c", "ProductionVariants": [variant("v")]},
            "already existing endpoint configuration",
        ),
        ("create_endpoint", {"EndpointName": "e", "EndpointConfigName": "c"}, "Cannot create already existing endpoint"),
        (
            "create_endpoint_config",
            {"EndpointConfigName": "d", "ProductionVariants": [variant("v", ModelName="x")]},
            "Could not find model",
        ),
        ("create_endpoint_config", {"EndpointConfigName": "d", "ProductionVariants": [variant("v", InstanceType="ml.x")]}, "instanceType"),
    ],
)
def test_refusals(client: Any, action: str, arguments: dict[str, Any], text: str) -> None:
    sagemaker = client("sagemaker")
    model(sagemaker), config(sagemaker, "c")
    sagemaker.create_endpoint(EndpointName="e", EndpointConfigName="c")
    with pytest.raises(ClientError, match=text) as caught:
        getattr(sagemaker, action)(**arguments)
    assert caught.value.response["Error"]["Code"] == "ValidationException"


def test_a_shadow_variant_needs_its_model(client: Any) -> None:
    sagemaker = client("sagemaker")
    model(sagemaker)
    with pytest.raises(ClientError, match="Could not find model"):
        config(sagemaker, "c", ShadowProductionVariants=[variant("s", ModelName="absent")])


def test_a_model_needs_its_role_image_and_artifact(client: Any) -> None:
    sagemaker, s3 = client("sagemaker"), client("s3")
    url = "s3://models/m/model.tar.gz"
    container = {"PrimaryContainer": {"Image": IMAGE, "ModelDataUrl": url}}
    model(sagemaker, "in-an-empty-account", **container)
    client("iam").create_role(RoleName="other", AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": []}))
    with pytest.raises(ClientError, match="Could not assume role"):
        model(sagemaker, **container)
    client("iam").create_role(RoleName="execution", AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": []}))
    client("ecr").create_repository(repositoryName="inference")
    with pytest.raises(ClientError, match=f"Requested image {IMAGE} not found"):
        model(sagemaker, **container)
    manifest = json.dumps({"schemaVersion": 2, "mediaType": "application/vnd.docker.distribution.manifest.v2+json"})
    client("ecr").put_image(repositoryName="inference", imageManifest=manifest, imageTag="1")
    s3.create_bucket(Bucket="models", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    with pytest.raises(ClientError, match=f"Could not find model data at {url}"):
        model(sagemaker, **container)
    s3.put_object(Bucket="models", Key="m/model.tar.gz", Body=b"1")
    model(sagemaker, **container)


@pytest.mark.parametrize(("mode", "refused"), [("strict", True), ("off", False)])
def test_the_checks_can_be_changed(client: Any, monkeypatch: pytest.MonkeyPatch, mode: str, refused: bool) -> None:
    monkeypatch.setenv("SLIPWAY_LOCAL_CHECKS", mode)
    if refused:
        with pytest.raises(ClientError, match="Could not assume role"):
            model(client("sagemaker"))
    else:
        model(client("sagemaker"))
