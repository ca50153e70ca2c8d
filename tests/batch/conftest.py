"""A local AWS with the model `wine` of environment `dev`, made of the batch container, and the bucket for data."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from slipway.artifacts.image_archive import open_image_archive
from slipway.artifacts.image_push import push
from slipway.artifacts.sample_image import build_image_archive
from slipway.localaws.control import reset
from slipway.localaws.server import start
from tests.cli.support import Slipway, copy_environments
from tests.invoke.served import ACCOUNT, REGION, ROLE
from tests.localaws.strict import StrictClients

BUCKET = f"slipway-dev-async-output-{ACCOUNT}"
ENTRY = """
models:
  wine: { container: { image: inference } }
endpoints:
  nightly:
    hosting: { kind: batch_transform }
    model: wine
    transform: { batch_strategy: SingleRecord, max_concurrent_transforms: 4 }
"""


class Batches:
    """Files in `nightly/input/` of the bucket for asynchronous data, outputs beside it."""

    def __init__(self, url: str, folder: Path) -> None:
        self.client = StrictClients(url)
        self.s3 = self.client("s3")
        self.s3.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": REGION})
        self.client("ecr").create_repository(repositoryName="inference")
        build_image_archive(Path(__file__).parents[1] / "localaws" / "transform" / "container", folder / "image.tar")
        with open_image_archive(folder / "image.tar") as saved:
            pushed = push(SimpleNamespace(client=self.client), "inference", saved.manifest, saved.blobs, tag="1")  # type: ignore[arg-type]
        image = f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com/inference@{pushed.digest}"
        held = {"Image": image}
        self.client("sagemaker").create_model(ModelName="slipway-dev-wine-0123456789", ExecutionRoleArn=ROLE, PrimaryContainer=held)

    def put(self, name: str, body: bytes) -> None:
        """One input file."""
        self.s3.put_object(Bucket=BUCKET, Key=f"nightly/input/{name}", Body=body)

    def keys(self) -> list[str]:
        """Everything in the bucket."""
        return [item["Key"] for item in self.s3.list_objects_v2(Bucket=BUCKET).get("Contents", [])]

    def text(self, key: str) -> str:
        """One object."""
        body: bytes = self.s3.get_object(Bucket=BUCKET, Key=key)["Body"].read()
        return body.decode()

    def jobs(self) -> list[dict[str, Any]]:
        """All transform jobs, newest first."""
        listed: list[dict[str, Any]] = self.client("sagemaker").list_transform_jobs()["TransformJobSummaries"]
        return listed


@pytest.fixture(scope="module")
def _server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, str]]:
    folder = tmp_path_factory.mktemp("batch")
    with pytest.MonkeyPatch.context() as patch, start() as local:
        patch.setenv("SLIPWAY_LOCAL", local.url)
        root = copy_environments(folder / "project")
        with (root / "environments" / "dev.yaml").open("a") as file:
            file.write(ENTRY)
        patch.setenv("SLIPWAY_ROOT", str(root))
        yield folder, local.url


@pytest.fixture
def batches(_server: tuple[Path, str]) -> Iterator[Batches]:
    reset()
    yield Batches(_server[1], _server[0])


@pytest.fixture
def slipway(capsys: pytest.CaptureFixture[str]) -> Slipway:
    return Slipway(capsys)
