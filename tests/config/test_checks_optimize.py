"""What Neo compiles, and where it may run."""

from __future__ import annotations

from typing import Any

import pytest

from modules.model.optimize import NeoSpec, request
from modules.model.spec import ContainerSpec
from slipway.config.checks_optimize import compiled_models
from tests.modules.support import messages

NEO = {"kind": "neo", "target_device": "ml_c5", "framework": "PYTORCH", "framework_version": "2.0", "data_input_config": '{"x": [1, 3]}'}


def data(variant: dict[str, Any], **entry: Any) -> dict[str, Any]:
    return {
        "models": {"m": {"container": {"optimize": NEO}}, "n": 3},
        "endpoints": {"e": {"variants": [{"model": "m", **variant}], **entry}, "f": 1},
    }


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (data({"instance_type": "ml.c5.xlarge"}), ""),
        (data({"instance_type": "ml.c5d.xlarge"}), "compiled for ml_c5, not for ml.c5d.xlarge"),
        (data({"memory_size_in_mb": 2048}), "a serverless endpoint has no such thing"),
        (data({"instance_type": "ml.c5.xlarge"}, model="m", hosting={"kind": "fargate"}), "which only SageMaker instances are"),
        ({"models": {"m": {"container": {"optimize": {"kind": "neo"}}}}, "endpoints": {"e": {"variants": 4}}}, ""),
    ],
)
def test_a_compiled_model_runs_on_its_family(given: dict[str, Any], said: str) -> None:
    text = "; ".join(finding.text for finding in compiled_models(given))
    assert said in text if said else text == ""


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"framework_version": "2.6"}, "Neo compiles PYTORCH of the versions 1.4"),
        ({"framework_version": None}, "say one as framework_version"),
        ({"framework": "MXNET"}, "Neo takes no framework_version for MXNET"),
        ({"framework": "XGBOOST", "framework_version": None}, "every framework but XGBOOST"),
        ({"data_input_config": None}, "data_input_config is needed"),
        ({"target_device": "rasp4b"}, "Input should be"),
        ({"target_device": "ml_eia2"}, "Input should be"),
    ],
)
def test_what_neo_does_not_compile(changes: dict[str, Any], said: str) -> None:
    (message,) = messages(NeoSpec, {**NEO, **changes})
    assert said in message


def test_the_container_must_fit() -> None:
    assert messages(ContainerSpec, {"image": "own", "optimize": NEO}) == []
    assert messages(ContainerSpec, {"image": {"framework": "neo-pytorch", "version": "2.0"}, "optimize": NEO}) == []
    assert (
        "AWS images of framework neo-pytorch"
        in messages(ContainerSpec, {"image": {"framework": "pytorch", "version": "2.6"}, "optimize": NEO})[0]
    )
    assert "optimize compiles one archive" in messages(ContainerSpec, {"image": "own", "model_data": "none", "optimize": NEO})[0]


def test_every_option_is_in_the_request() -> None:
    spec = NeoSpec.model_validate({**NEO, "compiler_options": '{"a": 1}', "max_runtime_in_seconds": 1200})
    assert request(spec, "s3://b/in.tar.gz", "s3://b/out/", "key") == {
        "InputConfig": {"S3Uri": "s3://b/in.tar.gz", "Framework": "PYTORCH", "FrameworkVersion": "2.0", "DataInputConfig": '{"x": [1, 3]}'},
        "OutputConfig": {"S3OutputLocation": "s3://b/out/", "TargetDevice": "ml_c5", "KmsKeyId": "key", "CompilerOptions": '{"a": 1}'},
        "StoppingCondition": {"MaxRuntimeInSeconds": 1200},
    }
