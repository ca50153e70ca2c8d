"""The training stack: bucket and key of its own, images from the lock, the network's subnets, rights of people and CI."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from slipway.errors import InputError
from tests.modules.policy_documents import statements
from tests.stacks.test_stacks import BASE, DIGEST, LOCK, resources

Documents = dict[str, dict[str, Any]]
Project = Callable[[str, str], Documents]
IMAGES = f'images: {{ training: {{ repository: slipway-test-training, digest: "{DIGEST}" }} }}\n'
REGISTRIES = BASE.replace("registries: {", "registries: { training: {},")
PIPELINE = """
training:
  pipelines:
    wine:
      source: { dir: programs }
      evaluation: { program: evaluate.py }
      condition: { metric: accuracy.value, threshold: 0.9 }
"""


@pytest.fixture
def build(project: Project, tmp_path: Path) -> Callable[..., Documents]:
    (tmp_path / "programs").mkdir()
    for name in ("train.py", "evaluate.py"):
        (tmp_path / "programs" / name).write_text(name)
    return lambda more="", lock=LOCK + IMAGES, base=REGISTRIES: project(base + PIPELINE + more, lock)


def definition(documents: Documents) -> Any:
    (pipeline,) = resources(documents["test-training"], "aws_sagemaker_pipeline")
    return json.loads(pipeline["pipeline_definition"])


def test_it_has_a_bucket_and_a_key_of_its_own(build: Callable[..., Documents]) -> None:
    documents = build()
    document = documents["test-training"]
    assert set(document["data"]["terraform_remote_state"]) == {"shared"} or "data" not in document
    (bucket,) = resources(document, "aws_s3_bucket")
    assert bucket["bucket"] == "slipway-test-training-444444444444"
    assert resources(document, "aws_s3_bucket_notification")[0]["eventbridge"] is True
    (key,) = resources(document, "aws_kms_key")
    assert "scheduler.eu-central-1.amazonaws.com" in key["policy"]
    assert "aws_s3_bucket" not in documents["test-shared"]["resource"] or all(
        "training" not in body["bucket"] for body in resources(documents["test-shared"], "aws_s3_bucket")
    )


def test_images_come_from_the_lock(build: Callable[..., Documents]) -> None:
    place = "444444444444.dkr.ecr.eu-central-1.amazonaws.com"
    train, _, check = definition(build())["Steps"]
    assert train["Arguments"]["AlgorithmSpecification"]["TrainingImage"] == f"{place}/slipway-test-training@{DIGEST}"
    (container,) = check["Arguments"]["IfSteps"][0]["Arguments"]["InferenceSpecification"]["Containers"]
    assert container["Image"] == f"{place}/slipway-test-inference@{DIGEST}", "the model's release"


def test_a_pinned_inference_image_is_preferred_to_the_releases(build: Callable[..., Documents]) -> None:
    other = "sha256:" + "d" * 64
    images = IMAGES.replace("images: {", f'images: {{ inference: {{ repository: slipway-test-inference, digest: "{other}" }},')
    (container,) = definition(build(lock=LOCK + images))["Steps"][-1]["Arguments"]["IfSteps"][0]["Arguments"]["InferenceSpecification"][
        "Containers"
    ]
    assert container["Image"].endswith(other)


def test_without_its_images_it_is_not_built(build: Callable[..., Documents]) -> None:
    with pytest.raises(InputError, match="no image of training") as caught:
        build(lock=LOCK)
    assert caught.value.fix == "slipway image push test --registry training --image FILE|TAG"
    with pytest.raises(InputError, match="no image of inference"):
        build(lock="version: 1\n" + IMAGES)


def test_jobs_join_the_network(build: Callable[..., Documents]) -> None:
    more = "      network: private\nnetwork: { kind: create, cidr: 10.9.0.0/16, availability_zones: [eu-central-1a, eu-central-1b] }\n"
    documents = build(more)
    vpc = definition(documents)["Steps"][0]["Arguments"]["VpcConfig"]
    assert vpc["Subnets"] == [f"${{data.terraform_remote_state.network.outputs.network_private_subnet_ids[{index}]}}" for index in (0, 1)]
    (policy,) = resources(documents["test-training"], "aws_iam_role_policy")
    assert "AttachNetworkInterfaces" in statements(policy["policy"])


def test_the_deploy_role_gets_the_rows_of_training(build: Callable[..., Documents]) -> None:
    more = '      permissions_boundary: "arn:aws:iam::444444444444:policy/limit"\n'
    more += 'access: { deploy_principals: ["arn:aws:iam::444444444444:role/ci"] }\n'
    policies = resources(build(more)["test-shared"], "aws_iam_policy")
    found = {sid: item for body in policies for sid, item in statements(body["policy"]).items()}
    assert found["TrainingPolicies"]["Condition"] == {"StringEquals": {"iam:PermissionsBoundary": "arn:aws:iam::444444444444:policy/limit"}}
    assert found["PassTrainingRuns"]["Condition"] == {"StringEquals": {"iam:PassedToService": "states.amazonaws.com"}}
    assert found["Trained"]["Resource"] == ["arn:aws:s3:::slipway-test-training-444444444444/runs/*"]
    assert "arn:aws:s3:::slipway-test-training-444444444444" in found["Buckets"]["Resource"]
