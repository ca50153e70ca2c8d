"""A local AWS with endpoints of the tiny contract container, for the commands that ask them."""

from __future__ import annotations

import io
import json
import tarfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import boto3
import pytest

from slipway.artifacts.image_archive import open_image_archive
from slipway.artifacts.image_push import push
from slipway.artifacts.sample_image import build_image_archive
from slipway.localaws.server import start
from tests.cli.support import copy_environments
from tests.contract.support import container

ACCOUNT, REGION = "111111111111", "eu-west-1"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/execution"
SETTLED = ("InService", "Failed")


class Served:
    """The account `dev` of a project: endpoints `wine` (variants main: times 3, other: times 5), `broken` (Failed), `later` (asynchronous)."""

    def __init__(self, url: str, folder: Path) -> None:
        self.url = url
        self.sagemaker = self.client("sagemaker")
        self.image = self._push(folder)
        self._model("three", 3)
        self._model("five", 5)
        self._model("none", None)
        self._endpoint("wine", [self.variant("main", "three", 1.0), self.variant("other", "five", 0.0)])
        self._endpoint("broken", [self.variant("main", "none", 1.0)])
        output = {"OutputConfig": {"S3OutputPath": "s3://models/output"}}
        self._endpoint("later", [self.variant("main", "three", 1.0)], AsyncInferenceConfig=output)
        for name in ("wine", "broken", "later"):
            self.wait(name)

    def client(self, service: str) -> Any:
        """A boto3 client of the account."""
        keys = {"aws_access_key_id": ACCOUNT, "aws_secret_access_key": "local"}
        return boto3.client(service, region_name=REGION, endpoint_url=self.url, **keys)

    def _push(self, folder: Path) -> str:
        build_image_archive(container(folder / "image"), folder / "image.tar")
        self.client("ecr").create_repository(repositoryName="inference")
        self.client("s3").create_bucket(Bucket="models", CreateBucketConfiguration={"LocationConstraint": REGION})
        with open_image_archive(folder / "image.tar") as saved:
            pushed = push(SimpleNamespace(client=self.client), "inference", saved.manifest, saved.blobs, tag="1")  # type: ignore[arg-type]
        return f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com/inference@{pushed.digest}"

    def _model(self, name: str, factor: int | None) -> None:
        data = io.BytesIO()
        with tarfile.open(fileobj=data, mode="w:gz") as tar:
            entry, text = tarfile.TarInfo("factor.json" if factor else "nothing.txt"), json.dumps({"factor": factor}).encode()
            entry.size = len(text)
            tar.addfile(entry, io.BytesIO(text))
        self.client("s3").put_object(Bucket="models", Key=f"{name}.tar.gz", Body=data.getvalue())
        held = {"Image": self.image, "ModelDataUrl": f"s3://models/{name}.tar.gz"}
        self.sagemaker.create_model(ModelName=name, ExecutionRoleArn=ROLE, PrimaryContainer=held)

    def variant(self, name: str, model: str, weight: float = 1.0) -> dict[str, Any]:
        """A production variant on one instance."""
        placed = {"InstanceType": "ml.m5.large", "InitialInstanceCount": 1}
        return {"VariantName": name, "ModelName": model, "InitialVariantWeight": weight, **placed}

    def _endpoint(self, name: str, variants: list[dict[str, Any]], **more: Any) -> None:
        self.sagemaker.create_endpoint_config(EndpointConfigName=name, ProductionVariants=variants, **more)
        self.sagemaker.create_endpoint(EndpointName=f"slipway-dev-{name}", EndpointConfigName=name)

    def add(self, name: str, variants: list[dict[str, Any]]) -> None:
        """One more endpoint, in service."""
        self._endpoint(name, variants)
        self.wait(name)

    def status(self, name: str) -> str:
        """EndpointStatus of an endpoint's key."""
        return str(self.sagemaker.describe_endpoint(EndpointName=f"slipway-dev-{name}")["EndpointStatus"])

    def wait(self, name: str) -> None:
        """Until its endpoint is in service, or has failed."""
        ends = time.monotonic() + 60
        while self.status(name) not in SETTLED:
            assert time.monotonic() < ends
            time.sleep(0.05)


@contextmanager
def serving(folder: Path) -> Iterator[Served]:
    """A local AWS that SLIPWAY_LOCAL names, and a project that SLIPWAY_ROOT names, while it is open."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SLIPWAY_LOCAL_SPEED", "60")
        with start() as local:
            patch.setenv("SLIPWAY_LOCAL", local.url)
            patch.setenv("SLIPWAY_ROOT", str(copy_environments(folder / "project")))
            yield Served(local.url, folder)
