"""`release --package`: exactly what an approved model package names, or nothing."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from slipway.artifacts.account import Account
from slipway.artifacts.objects import read_sha256
from slipway.artifacts.pack import pack
from slipway.artifacts.package import release_package
from slipway.artifacts.release import release
from slipway.config.release import load_lock
from slipway.errors import InputError, SlipwayError
from tests.artifacts.release_support import lock_text, pushed

BUCKET = "training-output"


@pytest.fixture
def dev(account: Callable[[str], Account]) -> Account:
    made = account("dev")
    made.client("s3").create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    return made


@pytest.fixture
def register(dev: Account, model: Path, image: Path, tmp_path: Path) -> Callable[..., str]:
    """`register(status=...)`: the ARN of a new package of the model."""

    def make(status: str = "Approved", **container: Any) -> str:
        digest = pushed(dev, image).digest
        archive = pack(model, tmp_path / "packed" / "model.tar.gz")
        dev.client("s3").upload_file(str(archive.path), BUCKET, "jobs/1/model.tar.gz")
        given = {
            "Image": f"111111111111.dkr.ecr.eu-west-1.amazonaws.com/slipway-dev-inference@{digest}",
            "ModelDataUrl": f"s3://{BUCKET}/jobs/1/model.tar.gz",
        }
        inference = {
            "Containers": [{**given, **container}],
            "SupportedContentTypes": ["text/csv"],
            "SupportedResponseMIMETypes": ["text/csv"],
        }
        sagemaker = dev.client("sagemaker")
        if not sagemaker.list_model_package_groups()["ModelPackageGroupSummaryList"]:
            sagemaker.create_model_package_group(ModelPackageGroupName="slipway-dev-wine")
        package = {"ModelPackageGroupName": "slipway-dev-wine", "ModelApprovalStatus": status, "InferenceSpecification": inference}
        return str(sagemaker.create_model_package(**package)["ModelPackageArn"])

    return make


def test_the_packages_bytes_are_released(dev: Account, root: Path, register: Callable[..., str], model: Path) -> None:
    arn = register()
    done = release_package(dev, root, "wine", arn)
    entry = load_lock("dev", root).models["wine"]
    assert done.changed and entry.model_package_arn == arn and entry.artifact is not None
    original = dev.client("s3").get_object(Bucket=BUCKET, Key="jobs/1/model.tar.gz")["Body"].read()
    assert entry.artifact.sha256 == hashlib.sha256(original).hexdigest()
    assert read_sha256(dev.client("s3"), dev.models_bucket, entry.artifact.key) == entry.artifact.sha256
    assert entry.image.repository == "slipway-dev-inference" and entry.image.digest in str(done.models["wine"].image)
    assert not release_package(dev, root, "wine", arn).changed
    again = release(dev, root, ["wine"])
    assert not again.changed and again.models["wine"].model_package_arn == arn
    (model / "code" / "inference.py").write_text("def model_fn(model_dir):\n    return 1\n")
    assert release(dev, root, ["wine"], source=model).models["wine"].model_package_arn is None


@pytest.mark.parametrize(
    ("status", "container", "message"),
    [
        ("PendingManualApproval", {}, "PendingManualApproval: only an approved package"),
        ("Rejected", {}, "Rejected: only an approved package"),
        ("Approved", {"Image": "222222222222.dkr.ecr.eu-west-1.amazonaws.com/x@sha256:" + "a" * 64}, "not in the registry of account"),
        ("Approved", {"ModelDataUrl": f"s3://{BUCKET}/jobs/"}, "has no model archive"),
    ],
)
def test_anything_else_leaves_the_lock_alone(
    dev: Account, root: Path, register: Callable[..., str], status: str, container: dict[str, str], message: str
) -> None:
    with pytest.raises(SlipwayError, match=message):
        release_package(dev, root, "wine", register(status, **container))
    assert lock_text(root) is None


def test_an_archive_that_is_gone_is_not_released(dev: Account, root: Path, register: Callable[..., str]) -> None:
    arn = register()
    dev.client("s3").delete_object(Bucket=BUCKET, Key="jobs/1/model.tar.gz")
    with pytest.raises(SlipwayError, match="cannot read s3://training-output/jobs/1/model.tar.gz"):
        release_package(dev, root, "wine", arn)
    assert lock_text(root) is None


@pytest.mark.parametrize(
    ("model", "arn", "message"),
    [
        ("wine", "wine/1", "not the ARN of a model package"),
        ("beer", "arn:aws:sagemaker:eu-west-1:111111111111:model-package/wine/1", "no model 'beer'"),
    ],
)
def test_bad_input(dev: Account, root: Path, model: str, arn: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        release_package(dev, root, model, arn)


def test_a_model_of_two_containers_takes_a_package_of_two(dev: Account, root: Path, register: Callable[..., str]) -> None:
    with pytest.raises(InputError, match="has 1 containers, the model 2"):
        release_package(dev, root, "chain", register())
    with pytest.raises(InputError, match="takes uncompressed model data"):
        release_package(dev, root, "large", register())
