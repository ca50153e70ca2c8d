"""Several containers per instance, and several models per container."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from slipway.localaws.hosting.live import ModelNotLoaded
from tests.localaws.hosting.lab import ROLE, Lab, archive, variant


def pipeline(lab: Lab, mode: str) -> None:
    containers = [{**lab.container("first", NAME="first"), "ContainerHostname": "first"}, lab.container("second", NAME="second")]
    lab.sagemaker.create_model(ModelName="one", ExecutionRoleArn=ROLE, Containers=containers, InferenceExecutionConfig={"Mode": mode})
    lab.config("c", variant()), lab.create("c")


def test_a_serial_pipeline_chains_its_containers(lab: Lab) -> None:
    pipeline(lab, "Serial")
    answer = lab.ask(body="hello")
    passed = json.loads(answer["body"])
    assert (answer["name"], passed["name"], passed["body"]) == ("second", "first", "hello")
    with lab.live.choose() as target:
        refused = target.invoke(b"fail", {})
    assert refused.status == 500 and json.loads(refused.body)["name"] == "first"
    assert f"main/{answer['instance']}/first: argv" in lab.logs()


def test_a_direct_pipeline_asks_one_container(lab: Lab) -> None:
    pipeline(lab, "Direct")
    assert lab.ask(hostname="container_2")["name"] == "second" and lab.ask(hostname="first")["name"] == "first"
    with pytest.raises(KeyError):
        lab.ask(hostname="absent")


@pytest.fixture
def many(lab: Lab) -> Lab:
    for name in ("a", "b", "c"):
        lab.client("s3").put_object(Bucket="models", Key=f"many/{name}.tar.gz", Body=archive(answer=name))
    lab.client("s3").put_object(Bucket="models", Key="many/bad.tar.gz", Body=b"no archive")
    container: dict[str, Any] = {"Image": lab.image, "Mode": "MultiModel", "ModelDataUrl": "s3://models/many/"}
    lab.sagemaker.create_model(ModelName="one", ExecutionRoleArn=ROLE, PrimaryContainer=container)
    lab.config("c", variant()), lab.create("c")
    return lab


def test_models_are_loaded_on_request(many: Lab) -> None:
    (target,) = many.live.instances("main")
    assert target.multi_model and json.loads(target.container.request("GET", "/models").body) == []
    assert [many.ask(target_model=f"{name}.tar.gz")["answer"] for name in "abab"] == ["a", "b", "a", "b"]
    assert len(json.loads(target.container.request("GET", "/models").body)) == 2


def test_a_model_makes_room_for_another(many: Lab) -> None:
    """The tiny container has room for two models, then it answers 507."""
    assert [many.ask(target_model=f"{name}.tar.gz")["answer"] for name in "abca"] == ["a", "b", "c", "a"]


def test_a_model_under_way_is_not_unloaded(many: Lab) -> None:
    """Three models that are asked for at once, in a container that has room for two."""
    names = [name for _ in range(12) for name in "abc"]
    with ThreadPoolExecutor(6) as pool:
        answers = pool.map(lambda name: many.ask(body="sleep 0.02", target_model=f"{name}.tar.gz")["answer"], names)
        assert list(answers) == names


@pytest.mark.parametrize(
    ("name", "status", "text"),
    [("absent.tar.gz", 404, "Failed to download model data"), ("bad.tar.gz", 400, "Failed to extract model data")],
)
def test_a_model_that_cannot_be_had(many: Lab, name: str, status: int, text: str) -> None:
    for _ in range(2):
        with pytest.raises(ModelNotLoaded, match=text) as caught:
            many.ask(target_model=name)
        assert caught.value.status == status
