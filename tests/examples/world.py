"""What stands around a module's example in the account: made with boto3 before it is applied, and gone before it is judged."""

from __future__ import annotations

import contextlib
import io
import json
from collections.abc import Callable
from typing import Any

ACCOUNT = "111111111111"
MODEL = "slipway-example-wine-0123456789"
CONFIGS = ("slipway-example-wine-0123456789", "slipway-example-wine-9876543210")
ENDPOINT = "slipway-example-wine"
ROLE = "slipway-example-wine"
TRAINING_BUCKET = "slipway-example-training-111111111111"
Client = Callable[[str], Any]


def role(client: Client) -> None:
    trust = {"Version": "2012-10-17", "Statement": []}
    iam = client("iam")
    with contextlib.suppress(iam.exceptions.EntityAlreadyExistsException):  # of another example beside it
        iam.create_role(RoleName=ROLE, AssumeRolePolicyDocument=json.dumps(trust))


def model(client: Client) -> None:
    role(client)
    sagemaker = client("sagemaker")
    if any(item["ModelName"] == MODEL for item in sagemaker.list_models()["Models"]):
        return
    sagemaker.create_model(
        ModelName=MODEL, ExecutionRoleArn=f"arn:aws:iam::{ACCOUNT}:role/{ROLE}", PrimaryContainer={"Image": "registry.example/image:1"}
    )


def configs(client: Client) -> None:
    model(client)
    variant = {"VariantName": "main", "ModelName": MODEL, "InstanceType": "ml.m5.large", "InitialInstanceCount": 2}
    for name in CONFIGS:
        client("sagemaker").create_endpoint_config(EndpointConfigName=name, ProductionVariants=[variant])


def endpoint(client: Client) -> None:
    configs(client)
    client("sagemaker").create_endpoint(EndpointName=ENDPOINT, EndpointConfigName=CONFIGS[0])


def artifact(client: Client) -> None:
    role(client)
    client("s3").create_bucket(Bucket="slipway-example-models-111111111111", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    client("s3").put_object(
        Bucket="slipway-example-models-111111111111", Key=f"models/wine/{'cd' * 32}/model.tar.gz", Body=io.BytesIO(b"archive")
    )


def training_bucket(client: Client) -> None:
    client("s3").create_bucket(Bucket=TRAINING_BUCKET, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})


def clear(client: Client) -> None:
    """Remove whatever the functions above have made."""
    sagemaker, iam, s3 = client("sagemaker"), client("iam"), client("s3")
    for item in sagemaker.list_endpoints()["Endpoints"]:
        sagemaker.delete_endpoint(EndpointName=item["EndpointName"])
    for item in sagemaker.list_endpoint_configs()["EndpointConfigs"]:
        if item["EndpointConfigName"] in CONFIGS:
            sagemaker.delete_endpoint_config(EndpointConfigName=item["EndpointConfigName"])
    for item in sagemaker.list_models()["Models"]:
        if item["ModelName"] == MODEL:
            sagemaker.delete_model(ModelName=MODEL)
    for item in iam.list_roles()["Roles"]:
        if item["RoleName"] == ROLE:
            iam.delete_role(RoleName=ROLE)
    for item in s3.list_buckets()["Buckets"]:
        if item["Name"] == "slipway-example-models-111111111111":
            s3.delete_object(Bucket=item["Name"], Key=f"models/wine/{'cd' * 32}/model.tar.gz")
            s3.delete_bucket(Bucket=item["Name"])
        if item["Name"] == TRAINING_BUCKET:
            s3.delete_bucket(Bucket=item["Name"])
