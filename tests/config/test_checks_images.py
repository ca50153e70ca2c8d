"""Images that AWS keeps must be kept in the environment's region, and only SageMaker runs them."""

from __future__ import annotations

from typing import Any

import pytest

from slipway.config.checks_batch_transform import batch_transform
from slipway.config.checks_images import prebuilt_images


def data(image: Any, region: str = "eu-west-1", kind: str = "instances") -> dict[str, Any]:
    return {
        "region": region,
        "models": {"text": {"container": {"image": image}}, "chain": {"containers": [{"image": "inference"}, {"image": image}]}},
        "endpoints": {"e": {"hosting": {"kind": kind}, "model": "text"}},
    }


GOOD = {"framework": "pytorch", "version": "2.6"}


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (data(GOOD), []),
        (data("inference"), []),
        (data({**GOOD, "version": 2}), []),
        (data({**GOOD, "framework": "torch"}), ["no framework 'torch'; nearest: pytorch"] * 2),
        (
            data(GOOD, kind="lambda"),
            ["model text runs an image that AWS keeps for SageMaker; lambda needs one that fetches its model itself"],
        ),
        (data(GOOD, region="eu-nowhere-9"), ["AWS keeps no pytorch 2.6.0 in eu-nowhere-9"] * 2),
        ({"models": 3, "endpoints": None}, []),
        ({"region": 4, "models": {"a": None, "b": {"containers": 5}}, "endpoints": {"e": 1}}, []),
    ],
)
def test_prebuilt_images(given: dict[str, Any], said: list[str]) -> None:
    found = [finding.text for finding in prebuilt_images(given)]
    assert len(found) == len(said)
    assert all(text.startswith(wanted) for text, wanted in zip(found, said, strict=True))


def test_places_name_the_container() -> None:
    paths = [finding.path for finding in prebuilt_images(data({**GOOD, "framework": "torch"}))]
    assert paths == [("models", "text", "container", "image"), ("models", "chain", "containers", 1, "image")]


@pytest.mark.parametrize(
    ("entry", "model", "said"),
    [
        ({}, {"kind": "multi_model"}, "which batch transform does not run; others: other"),
        ({"transform": {"instance_type": "ml.m5.larg"}}, {}, "did you mean ml.m5.large?"),
        ({"transform": 5}, {}, ""),
        ({"transform": {"instance_type": "ml.m5.large"}}, {}, ""),
    ],
)
def test_batch_transform(entry: dict[str, Any], model: dict[str, Any], said: str) -> None:
    models = {"wine": model, "other": {}}
    text = "; ".join(finding.text for finding in batch_transform("nightly", entry, "wine", model, models))
    assert said in text if said else text == ""
