"""A local AWS with one endpoint, and the API of `modules/api` in front of it, for the benchmark of the front door."""

from __future__ import annotations

import io
import json
import tarfile
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import boto3

from bench.measure import ROOT
from modules._shared.naming import Naming
from modules.api.lambda_function import HANDLER, function_package
from modules.api.refs import ApiRefs, Target
from modules.api.spec import ApiSpec, api_name, function_name, stage_name

ACCOUNT, REGION = "111111111111", "eu-west-1"
NAMING = Naming("slipway", "bench", ACCOUNT, REGION, {})
ENDPOINT = "slipway-bench-tiny"
BODY = b'{"numbers": [1, 2, 3]}'
CONTAINER = ROOT / "tests" / "contract" / "tiny"
"""A container of the standard library alone: what it takes for one answer is small, and the same on both ways."""


class World:
    """`client(service)` gives boto3 clients; `url` is the local AWS, `path` the API's path of the endpoint below its stage."""

    def __init__(self, url: str, folder: Path) -> None:
        self.url = url
        self.spec = ApiSpec.model_validate({"endpoints": {"tiny": {}}, "throttle": {"throttling_rate_limit": 10_000}})
        self.path = self.spec.endpoints["tiny"].route("tiny")
        self._serve(folder)
        self.api = self._front()

    def client(self, service: str) -> Any:
        """A client of the account."""
        keys: Any = {"aws_access_key_id": ACCOUNT, "aws_secret_access_key": "local"}
        session: Any = boto3.Session(region_name=REGION, **keys)
        return session.client(service, endpoint_url=self.url)

    def account(self) -> Any:
        """What `slipway.invoke.api` needs of an account."""
        from slipway.artifacts.account import Account

        config: Any = SimpleNamespace(name="bench", account_id=ACCOUNT, region=REGION, naming=NAMING, api=self.spec)
        return Account(config, local_url=self.url)

    def _serve(self, folder: Path) -> None:
        from slipway.artifacts.image_archive import open_image_archive
        from slipway.artifacts.image_push import push
        from slipway.artifacts.sample_image import build_image_archive

        build_image_archive(CONTAINER, folder / "image.tar")
        s3, sagemaker = self.client("s3"), self.client("sagemaker")
        self.client("ecr").create_repository(repositoryName="tiny")
        s3.create_bucket(Bucket="models", CreateBucketConfiguration={"LocationConstraint": REGION})
        with open_image_archive(folder / "image.tar") as saved:
            account: Any = SimpleNamespace(client=self.client)
            image = push(account, "tiny", saved.manifest, saved.blobs, tag="1")
        s3.put_object(Bucket="models", Key="model.tar.gz", Body=_model())
        container = {"Image": f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com/tiny@{image.digest}", "ModelDataUrl": "s3://models/model.tar.gz"}
        role = f"arn:aws:iam::{ACCOUNT}:role/execution"
        sagemaker.create_model(ModelName="tiny", ExecutionRoleArn=role, PrimaryContainer=container)
        placed = {"InstanceType": "ml.m5.large", "InitialInstanceCount": 1}
        variant = {"VariantName": "main", "ModelName": "tiny", **placed}
        sagemaker.create_endpoint_config(EndpointConfigName="tiny", ProductionVariants=[variant])
        sagemaker.create_endpoint(EndpointName=ENDPOINT, EndpointConfigName="tiny")
        while sagemaker.describe_endpoint(EndpointName=ENDPOINT)["EndpointStatus"] == "Creating":
            time.sleep(0.2)

    def _front(self) -> str:
        """The API's id."""
        gateway, functions = self.client("apigateway"), self.client("lambda")
        package = function_package(self.spec, ApiRefs(targets={"tiny": Target(ENDPOINT)}, logs_kms_key_arn="unused", kms_key_arn="unused"))
        role = self.client("iam").create_role(RoleName="function", AssumeRolePolicyDocument="{}")["Role"]["Arn"]
        name = function_name(NAMING)
        options = {"Runtime": self.spec.function.runtime, "Handler": HANDLER, "Timeout": 29, "Role": role}
        arn = functions.create_function(FunctionName=name, Code={"ZipFile": package.content}, **options)["FunctionArn"]
        source = {"Principal": "apigateway.amazonaws.com", "Action": "lambda:InvokeFunction"}
        functions.add_permission(FunctionName=name, StatementId="api", **source)
        made = gateway.create_rest_api(name=api_name(NAMING))
        api, at = str(made["id"]), made["rootResourceId"]
        for part in self.path.strip("/").split("/"):
            at = gateway.create_resource(restApiId=api, parentId=at, pathPart=part)["id"]
        method = {"restApiId": api, "resourceId": at, "httpMethod": "POST"}
        uri = f"arn:aws:apigateway:{REGION}:lambda:path/2015-03-31/functions/{arn}/invocations"
        gateway.put_method(**method, authorizationType="AWS_IAM")
        gateway.put_integration(**method, type="AWS_PROXY", integrationHttpMethod="POST", uri=uri)
        gateway.create_deployment(restApiId=api, stageName=stage_name(NAMING))
        return api


@contextmanager
def world() -> Iterator[World]:
    """A local AWS as a process of its own, with everything above; it ends with the block."""
    from slipway.localaws.process import down, up

    with tempfile.TemporaryDirectory(prefix="slipway-bench-") as scratch:
        folder = Path(scratch)
        record, _ = up(folder)
        try:
            yield World(record.url, folder)
        finally:
            down(folder)


def _model() -> bytes:
    data, text = io.BytesIO(), json.dumps({"factor": 3}).encode()
    with tarfile.open(fileobj=data, mode="w:gz") as tar:
        entry = tarfile.TarInfo("factor.json")
        entry.size = len(text)
        tar.addfile(entry, io.BytesIO(text))
    return data.getvalue()
