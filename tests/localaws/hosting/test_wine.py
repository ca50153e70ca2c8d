"""The real inference container and the sample model: the cases of `cases.yaml` through a local endpoint, and an update under load."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from slipway.artifacts.pack import pack
from slipway.artifacts.sample_image import build_image_archive
from slipway.contract.cases import Case, load_cases
from tests.localaws.hosting.lab import ROLE, WAIT_SECONDS, Lab, Load, variant

ROOT = Path(__file__).resolve().parents[3]
WINE = ROOT / "examples" / "wine"
CASES = load_cases(WINE / "cases.yaml")


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The image of containers/inference."""
    path = tmp_path_factory.mktemp("image") / "inference.tar"
    build_image_archive(ROOT / "containers" / "inference", path)
    return path


@pytest.fixture(scope="module")
def model_archive(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    from importlib.util import module_from_spec, spec_from_file_location

    spec = spec_from_file_location("wine_for_hosting", WINE / "train.py")
    assert spec and spec.loader
    training: ModuleType = module_from_spec(spec)
    sys.modules[spec.name] = training
    spec.loader.exec_module(training)
    folder = tmp_path_factory.mktemp("wine")
    training.train(folder / "model", training.Options(folds=0))
    return pack(folder / "model", folder / "model.tar.gz").path.read_bytes()


@pytest.fixture
def wine(lab: Lab, model_archive: bytes) -> Lab:
    lab.client("s3").put_object(Bucket="models", Key="many/wine.tar.gz", Body=model_archive)
    return lab


def invoke(lab: Lab, case: Case, **more: Any) -> tuple[int, str, bytes]:
    """Status, content type and body, of good and bad answers alike."""
    with lab.live.choose() as target:
        answer = target.invoke(case.body, case.all_headers(), **more)
    return answer.status, answer.headers.get("content-type", ""), answer.body


def test_the_sample_model_answers_as_its_cases_say(wine: Lab) -> None:
    environment = {"SAGEMAKER_MODEL_SERVER_WORKERS": "1"}
    container = {"Image": wine.image, "ModelDataUrl": "s3://models/many/wine.tar.gz", "Environment": environment}
    for name in ("one", "two"):
        wine.sagemaker.create_model(ModelName=name, ExecutionRoleArn=ROLE, PrimaryContainer=container, EnableNetworkIsolation=True)
        wine.config(name, variant(model=name))
    wine.create("one")
    for case in CASES:
        assert case.check(*invoke(wine, case)) is None
    with Load(wine, body=CASES[0].body.decode(), content_type="application/json") as load:
        wine.update("two")
        wine.wait()
    assert not load.failures and load.answers.total() > 10


def test_the_sample_model_on_a_multi_model_endpoint(wine: Lab) -> None:
    container = {"Image": wine.image, "Mode": "MultiModel", "ModelDataUrl": "s3://models/many/"}
    wine.sagemaker.create_model(ModelName="one", ExecutionRoleArn=ROLE, PrimaryContainer=container)
    wine.config("c", variant()), wine.create("c")
    for case in CASES:
        assert case.check(*invoke(wine, case, target_model="wine.tar.gz")) is None


def test_the_sample_model_scores_a_file(wine: Lab) -> None:
    """The case file's CSV case, a hundred times, by a batch transform job."""
    (case,) = [case for case in CASES if case.name == "one wine as CSV"]
    container = {
        "Image": wine.image,
        "ModelDataUrl": "s3://models/many/wine.tar.gz",
        "Environment": {"SAGEMAKER_MODEL_SERVER_WORKERS": "1"},
    }
    wine.sagemaker.create_model(ModelName="one", ExecutionRoleArn=ROLE, PrimaryContainer=container, EnableNetworkIsolation=True)
    wine.client("s3").put_object(Bucket="models", Key="in/wines.csv", Body=case.body * 100)
    source = {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": "s3://models/in/"}}
    wine.sagemaker.create_transform_job(
        TransformJobName="j",
        ModelName="one",
        TransformInput={"DataSource": source, "ContentType": "text/csv", "SplitType": "Line"},
        TransformOutput={"S3OutputPath": "s3://models/out/", "Accept": "text/csv", "AssembleWith": "Line"},
        TransformResources={"InstanceType": "ml.m5.large", "InstanceCount": 1},
        DataProcessing={"JoinSource": "Input", "OutputFilter": "$[-4:]"},
    )
    end = time.monotonic() + WAIT_SECONDS
    while (job := wine.sagemaker.describe_transform_job(TransformJobName="j"))["TransformJobStatus"] == "InProgress":
        assert time.monotonic() < end
        time.sleep(0.1)
    assert job["TransformJobStatus"] == "Completed", job
    lines = wine.client("s3").get_object(Bucket="models", Key="out/wines.csv.out")["Body"].read().splitlines(keepends=True)
    assert len(lines) == 100
    assert all(case.check(200, "text/csv", line) is None for line in lines)
