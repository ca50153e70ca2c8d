"""The table of images that AWS keeps, and what is said about one that is not in it."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import pytest

from modules._shared.prebuilt import PrebuiltImage, locate, table
from slipway.config.prebuilt_table import FRAMEWORKS, render
from slipway.errors import InputError


def image(framework: str, version: str, python: str | None = None, accelerator: str = "cpu") -> PrebuiltImage:
    return PrebuiltImage.model_validate({"framework": framework, "version": version, "python": python, "accelerator": accelerator})


@pytest.mark.parametrize(
    ("asked", "scope", "region", "expected"),
    [
        (
            image("pytorch", "2.6", "py312"),
            "inference",
            "eu-west-1",
            "763104351884.dkr.ecr.eu-west-1.amazonaws.com/pytorch-inference:2.6.0-cpu-py312",
        ),
        (
            image("pytorch", "2.6.0", None, "gpu"),
            "training",
            "us-east-1",
            "763104351884.dkr.ecr.us-east-1.amazonaws.com/pytorch-training:2.6.0-gpu-py312",
        ),
        (
            image("pytorch", "2.6", None, "arm64"),
            "inference",
            "eu-west-1",
            "763104351884.dkr.ecr.eu-west-1.amazonaws.com/pytorch-inference-arm64:2.6.0-cpu-py312-ubuntu22.04-sagemaker",
        ),
        (image("xgboost", "1.7-1"), "inference", "eu-west-1", "141502667606.dkr.ecr.eu-west-1.amazonaws.com/sagemaker-xgboost:1.7-1"),
        (
            image("sklearn", "1.2-1"),
            "inference",
            "eu-central-1",
            "492215442770.dkr.ecr.eu-central-1.amazonaws.com/sagemaker-scikit-learn:1.2-1-cpu-py3",
        ),
        (
            image("tensorflow", "2.19"),
            "inference",
            "cn-north-1",
            "727897471807.dkr.ecr.cn-north-1.amazonaws.com.cn/tensorflow-inference:2.19.0-cpu",
        ),
    ],
)
def test_where_images_lie(asked: PrebuiltImage, scope: str, region: str, expected: str) -> None:
    found = locate(asked, scope, region)  # type: ignore[arg-type]
    assert f"{found.registry}/{found.repository}:{found.tag}" == expected


@pytest.mark.parametrize(
    ("asked", "region", "said"),
    [
        (image("pytorhc", "2.6"), "eu-west-1", "no framework 'pytorhc'; nearest: pytorch"),
        (image("pytorch", "2.66"), "eu-west-1", "no version of pytorch for inference '2.66'; nearest: "),
        (image("pytorch", "2.6", "py310"), "eu-west-1", "pytorch 2.6.0 has no image with py310; it has py312"),
        (image("xgboost", "1.7-1", "py310"), "eu-west-1", "xgboost 1.7-1 has no image with py310; leave python out"),
        (image("sklearn", "1.2-1", None, "gpu"), "eu-west-1", "sklearn 1.2-1 has no image for gpu; it has cpu"),
        (image("pytorch", "2.6"), "eu-nowhere-1", "AWS keeps no pytorch 2.6.0 in eu-nowhere-1; near there: eu-"),
    ],
)
def test_what_is_not_there_is_said_with_the_nearest(asked: PrebuiltImage, region: str, said: str) -> None:
    with pytest.raises(ValueError) as raised:
        locate(asked, "inference", region)
    assert said in str(raised.value)


def test_the_table_says_where_it_comes_from() -> None:
    source = table()["source"]
    assert source["package"] == "sagemaker-core" and source["licence"] == "Apache-2.0" and source["date"].startswith("20")
    assert set(table()["frameworks"]) == set(FRAMEWORKS)
    for scopes in table()["frameworks"].values():
        for content in scopes.values():
            assert set(content["aliases"].values()) <= {*content["versions"], *content["aliases"]} or content["aliases"]


def test_the_generator_reads_the_package(tmp_path: Path) -> None:
    entry = {"repository": "r", "registries": {"eu-west-1": "123456789012", "us-iso-east-1": "1"}, "py_versions": ["py2", "py311"]}
    config = {"inference": {"processors": ["cpu", "inf"], "version_aliases": {"1": "1.0"}, "versions": {"1.0": entry}}}
    with zipfile.ZipFile(tmp_path / "w.whl", "w") as wheel:
        for name in FRAMEWORKS:
            wheel.writestr(f"sagemaker/core/image_uri_config/{name}.json", json.dumps(config))
        wheel.writestr("sagemaker_core-9.0.dist-info/METADATA", "Name: sagemaker-core\nVersion: 9.0\n")
    found = json.loads(render(tmp_path / "w.whl"))
    assert found["source"]["version"] == "9.0" and found["registries"] == [{"eu-west-1": "123456789012"}]
    assert found["frameworks"]["pytorch"]["inference"]["versions"] == {"1.0": {"py311": {"cpu": ["r", "1.0-cpu-py311", 0]}}}
    with zipfile.ZipFile(tmp_path / "x.whl", "w") as wheel:
        wheel.writestr("other-1.dist-info/METADATA", "Name: other\nVersion: 1\n")
    with pytest.raises(InputError, match="not sagemaker-core"):
        render(tmp_path / "x.whl")
