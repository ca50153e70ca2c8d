"""A model in a function, end to end without Terraform: the inference container from ECR, its archive from S3, asked as `slipway invoke` asks."""

from __future__ import annotations

import hashlib
import io
import json
import tarfile
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from modules._shared.expected import Expected
from modules._shared.naming import Naming
from slipway.artifacts.image_archive import open_image_archive
from slipway.artifacts.image_push import push
from slipway.artifacts.sample_image import build_image_archive
from slipway.contract.cases import Case
from slipway.errors import InputError, SlipwayError
from slipway.invoke.call import Call, ask
from slipway.invoke.endpoint import find_endpoint
from slipway.invoke.many import check_cases
from slipway.load import destination
from tests.localaws.functions.lab import ACCOUNT, REGION, Functions

ROOT = Path(__file__).resolve().parents[3]
CODE = b"""
def model_fn(folder):
    return 2
def predict_fn(data, model):
    if data.size > 3:
        raise RuntimeError("too much")
    return (data * model).tolist()
SELF_TEST = (b"[[1]]", "application/json")
"""


@pytest.fixture
def account(functions: Functions, client: Callable[..., Any], tmp_path: Path) -> Any:
    """The account of an environment `dev` whose endpoint `double` is a function."""
    build_image_archive(ROOT / "containers" / "inference", tmp_path / "image.tar")
    client("ecr").create_repository(repositoryName="inference")
    with open_image_archive(tmp_path / "image.tar") as saved:
        pushed = push(SimpleNamespace(client=client), "inference", saved.manifest, saved.blobs, tag="1")  # type: ignore[arg-type]
    data = io.BytesIO()
    with tarfile.open(fileobj=data, mode="w:gz") as tar:
        member = tarfile.TarInfo("code/inference.py")
        member.size = len(CODE)
        tar.addfile(member, io.BytesIO(CODE))
    s3 = client("s3")
    s3.create_bucket(Bucket="models", CreateBucketConfiguration={"LocationConstraint": REGION})
    s3.put_object(Bucket="models", Key="double/model.tar.gz", Body=data.getvalue())
    digest = hashlib.sha256(data.getvalue()).hexdigest()
    functions.api.create_function(
        FunctionName="shop-dev-double",
        Role=functions.role,
        PackageType="Image",
        Code={"ImageUri": f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com/inference@{pushed.digest}"},
        ImageConfig={"Command": ["serve"]},
        Environment={"Variables": {"SLIPWAY_MODEL_URL": "s3://models/double/model.tar.gz", "SLIPWAY_MODEL_SHA256": digest}},
        Timeout=20,
        Publish=True,
    )
    functions.api.create_alias(FunctionName="shop-dev-double", Name="live", FunctionVersion="1")
    others = {
        name: SimpleNamespace(hosting=SimpleNamespace(kind=kind)) for name, kind in (("double", "lambda"), ("files", "batch_transform"))
    }
    config = SimpleNamespace(name="dev", account_id=ACCOUNT, other_hosting={**others, "gone": others["double"]}, endpoints=others)
    return SimpleNamespace(client=client, naming=Naming("shop", "dev", ACCOUNT, REGION), config=config)


def test_the_model_answers_cases_and_its_failures_are_told(account: Any, functions: Functions) -> None:
    found = find_endpoint(account, "double")
    found.require_serving()
    assert (found.name, found.config, found.log_group) == ("shop-dev-double", "1", "/aws/lambda/shop-dev-double")
    doubled = Expected(compares="json", json={"predictions": [[2.0, 4.0]]})
    cases = [
        Case("doubled", b"[[1, 2]]", "application/json", "application/json", expect=doubled),
        Case("a hole", b"[[1,", "application/json", "application/json", expect=Expected(status=400)),
        Case("another type", b"<x/>", "application/xml", "application/json", expect=Expected(status=415)),
    ]
    assert [result.problem for result in check_cases(account, found, cases, Call(), 1)] == [None, None, None]
    failed = ask(account, found, Call(b"[[1, 2, 3, 4]]", "application/json"))
    assert (failed.status, failed.text) == (500, "the model failed on this request")
    with pytest.raises(InputError, match="is a Lambda function"):
        ask(account, found, Call(b"[[1]]", "application/json", variant="main"))
    assert functions.total("Errors", {"FunctionName": "shop-dev-double", "Resource": "shop-dev-double:live"}) == 1
    events = [json.loads(line)["event"] for line in functions.log(found.log_group) if line.startswith("{")]
    assert "model_fetched" in events


def test_what_cannot_be_asked_says_how_it_can(account: Any) -> None:
    with pytest.raises(InputError, match="answers no requests"):
        find_endpoint(account, "files")
    with pytest.raises(InputError, match="SageMaker does not answer for it"):
        destination.endpoint(account, "double")
    with pytest.raises(InputError, match="there is no function shop-dev-gone"):
        find_endpoint(account, "gone")


def test_a_function_that_fails_by_itself(account: Any, functions: Functions) -> None:
    functions.api.update_function_configuration(FunctionName="shop-dev-double", Environment={"Variables": {"SLIPWAY_MODEL_URL": "s3://x"}})
    functions.api.publish_version(FunctionName="shop-dev-double")
    functions.api.update_alias(FunctionName="shop-dev-double", Name="live", FunctionVersion="2")
    with pytest.raises(SlipwayError, match=r"Runtime.ExitError .*exit status 2"):
        ask(account, find_endpoint(account, "double"), Call(b"[[1]]", "application/json"))
