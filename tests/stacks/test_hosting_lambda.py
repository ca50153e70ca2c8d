"""`hosting.kind: lambda`: what the stacks make of it together, and what is refused before."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from slipway.config.problems import ConfigErrors
from slipway.errors import InputError
from tests.modules.policy_documents import statements

Documents = dict[str, dict[str, Any]]
Project = Callable[[str, str], Documents]
SHA, DIGEST = "a" * 64, f"sha256:{'b' * 64}"
FUNCTION = "arn:aws:lambda:eu-central-1:444444444444:function:slipway-test-wine-function"
HOSTING = "{ kind: lambda }"
BASE = """
project: slipway
account_id: "444444444444"
region: eu-central-1
registries: {{ inference: {{}}, other: {{}} }}
models:
  wine: {model}
endpoints:
  {name}: {{ hosting: {hosting}, model: {used} }}
{more}
"""
MODEL = "{ container: { image: inference, environment: { MODE: fast } } }"
API = "api: { endpoints: { wine-function: {} } }"
LOCK = """
version: 1
models:
  wine: {{ artifact: {{ key: models/wine/x/model.tar.gz, sha256: {sha}, size: {size} }}, image: {{ repository: slipway-test-inference, digest: "{digest}" }} }}
"""


def environment(hosting: str = HOSTING, model: str = MODEL, *, name: str = "wine-function", used: str = "wine", more: str = "") -> str:
    return BASE.format(hosting=hosting, model=model, name=name, used=used, more=more)


def lock(size: int = 9) -> str:
    return LOCK.format(sha=SHA, digest=DIGEST, size=size)


def resources(document: dict[str, Any], kind: str, part: str = "") -> list[dict[str, Any]]:
    found = document.get("resource", {}).get(kind, {}).values()
    return [body for body in found if part in body["//"]["metadata"]["path"]]


def test_every_stack_knows_the_function(project: Project) -> None:
    documents = project(environment(more=API), lock())
    serving, shared, api = (documents[f"test-{layer}"] for layer in ("serving", "shared", "api"))
    (function,) = resources(serving, "aws_lambda_function")
    assert function["image_uri"] == f"444444444444.dkr.ecr.eu-central-1.amazonaws.com/slipway-test-inference@{DIGEST}"
    assert function["architectures"] == ["x86_64"]
    variables = function["environment"]["variables"]
    assert variables["SLIPWAY_MODEL_URL"] == "s3://slipway-test-models-444444444444/models/wine/x/model.tar.gz"
    assert (variables["SLIPWAY_MODEL_SHA256"], variables["MODE"]) == (SHA, "fast")
    assert not resources(serving, "aws_sagemaker_endpoint")
    (pull,) = [json.loads(item["policy"])["Statement"] for item in resources(shared, "aws_ecr_repository_policy")]
    assert pull == [
        {
            "Sid": "Lambda",
            "Effect": "Allow",
            "Principal": {"Service": "lambda.amazonaws.com"},
            "Action": ["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"],
            "Condition": {"ArnLike": {"aws:SourceArn": [FUNCTION]}},
        }
    ], "of the repository that the function's image is in, and of no other"
    (policy,) = resources(api, "aws_iam_role_policy", "api/function")
    assert statements(policy["policy"])["InvokeFunction"]["Resource"] == [f"{FUNCTION}:live"]


@pytest.mark.parametrize(
    ("hosting", "more", "wanted"),
    [
        ("{ kind: lambda, architecture: arm64 }", "", ["arm64"]),
        (
            HOSTING,
            "  wine: { variants: [{ variant_name: a, model: wine, instance_type: ml.c7g.large, initial_instance_count: 1 }] }",
            ["arm64"],
        ),
        (
            HOSTING,
            "  wine: { variants: [{ variant_name: a, model: wine, instance_type: ml.m5.large, initial_instance_count: 1 }] }",
            ["x86_64"],
        ),
    ],
)
def test_the_processor_is_that_of_the_models_image(project: Project, hosting: str, more: str, wanted: list[str]) -> None:
    (function,) = resources(project(environment(hosting, more=more), lock())["test-serving"], "aws_lambda_function")
    assert function["architectures"] == wanted


def test_the_function_joins_the_models_network(project: Project) -> None:
    model = "{ network: private, container: { image: inference } }"
    more = "network: { kind: create, cidr: 10.9.0.0/16, zone_count: 2 }"
    (function,) = resources(project(environment(model=model, more=more), lock())["test-serving"], "aws_lambda_function")
    read = "${data.terraform_remote_state.network.outputs."
    assert function["vpc_config"] == {
        "subnet_ids": [f"{read}network_private_subnet_ids[{index}]}}" for index in range(2)],
        "security_group_ids": [f"{read}network_model_security_group_id}}"],
    }


def test_a_private_api_reaches_the_function_by_an_interface_endpoint(project: Project) -> None:
    closed = "api: { function: { network: private }, endpoints: { wine-function: {} } }\nnetwork: { kind: create, interface_endpoints: [logs%s] }"
    with pytest.raises(ConfigErrors, match="without lambda the private function of the API does not reach endpoint wine-function"):
        project(environment(more=closed % ""), lock())
    documents = project(environment(more=closed % ", lambda"), lock())
    (endpoint,) = resources(documents["test-network"], "aws_vpc_endpoint", "endpoint_lambda")
    assert endpoint["service_name"] == "com.amazonaws.eu-central-1.lambda"
    assert statements(endpoint["policy"])["PrincipalsOfTheAccount"]["Action"] == ["lambda:InvokeFunction"]


def test_an_image_for_two_processors_is_refused(project: Project) -> None:
    other = "  wine: { variants: [{ variant_name: a, model: wine, instance_type: ml.m5.large, initial_instance_count: 1 }] }"
    with pytest.raises(InputError, match=r"arm64 \(lambda wine-function\) and on amd64 \(ml.m5.large\)"):
        project(environment("{ kind: lambda, architecture: arm64 }", more=other), lock())


def test_an_archive_that_does_not_fit_is_refused(project: Project) -> None:
    with pytest.raises(InputError, match="ephemeral_storage must be 2000 MiB at least"):
        project(environment(), lock(1000 * 1024 * 1024))


@pytest.mark.parametrize(
    ("text", "finding"),
    [
        (environment(model="{ kind: multi_model, container: { image: inference } }"), "multi-model container is told by SageMaker"),
        (
            environment(model="{ kind: pipeline, containers: [{ name: a, image: inference }, { name: b, image: inference }] }"),
            "runs a model of one container",
        ),
        (environment(model="{ container: { image: inference, model_data: uncompressed } }"), "fetches one archive"),
        (environment(model="{ container: { image: inference, environment: { AWS_REGION: x } } }"), "Lambda sets AWS_REGION itself"),
        (environment(used="whine"), "unknown model 'whine'"),
        (environment(name="api"), "called as Slipway's own function api"),
        (environment("{ kind: lambda, instance_type: ml.g5.xlarge }"), "instance_type"),
        (environment(more="api: { endpoints: { wine-function: { response_stream: true } } }"), "no response stream"),
        (environment(more="api: { endpoints: { wine-function: { max_request_bytes: 5000000 } } }"), "takes 4194304 bytes as base64"),
        (environment(more="load_test: { target: { name: wine-function }, case_file: x }"), "test it through the API"),
    ],
)
def test_what_cannot_run_is_refused_with_a_finding(project: Project, text: str, finding: str) -> None:
    with pytest.raises(ConfigErrors) as refused:
        project(text, lock())
    assert finding in "; ".join(map(str, refused.value.problems))
