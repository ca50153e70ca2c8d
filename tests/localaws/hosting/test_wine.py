"""The real inference container and the sample model: the cases of `cases.yaml` through a local endpoint, and an update under load."""

from __future__ import annotations

import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from slipway.artifacts.pack import pack
from slipway.artifacts.sample_image import build_image_archive
from slipway.contract.cases import Case, load_cases
from tests.localaws.hosting.lab import ROLE, Lab, Load, variant

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
