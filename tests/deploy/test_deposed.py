"""What a roll-back left deposed is current again when it is wanted again."""

from __future__ import annotations

import json
from typing import Any

import pytest

from slipway.deploy.deposed import _exchange

MODEL = "aws_sagemaker_model"
CONFIG = "aws_sagemaker_endpoint_configuration"


def resource(kind: str, *instances: dict[str, Any], name: str = "m") -> dict[str, Any]:
    return {"mode": "managed", "type": kind, "name": name, "instances": list(instances)}


def instance(name: str, deposed: str = "") -> dict[str, Any]:
    return {"attributes": {"name": name}, **({"deposed": deposed} if deposed else {})}


def document(kind: str, wanted: str) -> dict[str, Any]:
    return {"resource": {kind: {"m": {"name": wanted}}}}


@pytest.mark.parametrize("kind", [MODEL, CONFIG])
def test_the_release_before_is_wanted_again(kind: str):
    state = {"resources": [resource(kind, instance("slow"), instance("good", "ab12cd34"))]}
    assert list(_exchange(state, document(kind, "good"))) == [f"{kind}.m"]
    slow, good = state["resources"][0]["instances"]
    assert (slow, good) == (instance("slow", "ab12cd34"), instance("good"))


def test_only_a_deposed_one_is_left():
    state = {"resources": [resource(MODEL, instance("good", "ab12cd34"))]}
    assert list(_exchange(state, document(MODEL, "good"))) == [f"{MODEL}.m"]
    assert state["resources"][0]["instances"] == [instance("good")]


@pytest.mark.parametrize(
    ("found", "wanted"),
    [
        (resource(MODEL, instance("slow"), instance("good", "ab12cd34")), document(MODEL, "slow")),
        (resource(MODEL, instance("slow"), instance("good", "ab12cd34")), document(MODEL, "third")),
        (resource(MODEL, instance("slow"), instance("good", "ab12cd34")), document(CONFIG, "good")),
        (resource(MODEL, instance("slow"), instance("good", "ab12cd34"), name="other"), document(MODEL, "good")),
        (resource("aws_sagemaker_endpoint", instance("slow"), instance("good", "ab12cd34")), document("aws_sagemaker_endpoint", "good")),
        (resource(MODEL, instance("good")), document(MODEL, "good")),
    ],
    ids=["the new one is wanted", "a third is wanted", "another kind", "another name", "named by a person", "nothing deposed"],
)
def test_everything_else_stays(found: dict[str, Any], wanted: dict[str, Any]):
    before = json.dumps(found)
    assert list(_exchange({"resources": [found]}, wanted)) == []
    assert json.dumps(found) == before
