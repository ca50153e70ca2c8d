"""Every option of a model reaches the Terraform JSON, and every change of content changes the name."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import pytest
from pydantic import TypeAdapter

from modules._shared.naming import Naming
from modules._shared.prebuilt import PrebuiltImage
from modules.model import example
from modules.model.optimize import NeoSpec
from modules.model.spec import ModelSpec
from tests.modules.support import all_options, at, resource, resources, synth, untested

NAMING = Naming("slipway", "test", "111111111111", "eu-west-1")
IMAGE = "111111111111.dkr.ecr.eu-west-1.amazonaws.com/inference@sha256:" + "a" * 64
ROLE = "arn:aws:iam::111111111111:role/wine"
VPC = {"subnets": ["subnet-b", "subnet-a"], "security_group_ids": ["sg-1"]}
LAMBDA = "arn:aws:lambda:eu-west-1:111111111111:function:credentials"


@dataclass(frozen=True)
class Case:
    """Options, and where one of them ends up."""

    option: str
    options: dict[str, Any]
    path: str
    expected: Any


def single(**options: Any) -> dict[str, Any]:
    return {"container": {"image": "inference", **options}}


def pipeline(first: dict[str, Any], **options: Any) -> dict[str, Any]:
    steps = [{"name": "encode", "image": "inference", **first}, {"name": "rank", "image": "inference"}]
    return {"kind": "pipeline", "containers": steps, **options}


def multi(**options: Any) -> dict[str, Any]:
    return {"kind": "multi_model", "container": {"image": "inference", **options}}


KINDS = {"SingleModel": single(), "PipelineModel": pipeline({}), "MultiModel": multi()}
NETWORK = {"subnets": ["subnet-n"], "security_group_ids": ["sg-n"]}
PRIVATE = {"repository_access_mode": "Vpc", "repository_credentials_provider_arn": LAMBDA}
CASES = [
    Case("SingleModelSpec.kind", single(), "primary_container.model_data_url", "s3://models/container"),
    Case("SingleModelSpec.container", single(), "primary_container.image", IMAGE),
    Case("SingleModelSpec.enable_network_isolation", single() | {"enable_network_isolation": False}, "enable_network_isolation", False),
    Case("SingleModelSpec.vpc_config", single() | {"vpc_config": VPC}, "vpc_config.security_group_ids", ["sg-1"]),
    Case("VpcConfig.subnets", single() | {"vpc_config": VPC}, "vpc_config.subnets", ["subnet-a", "subnet-b"]),
    Case("VpcConfig.security_group_ids", single() | {"vpc_config": VPC}, "vpc_config.security_group_ids", ["sg-1"]),
    Case("ContainerSpec.image", single(), "primary_container.image", IMAGE),
    Case("ContainerSpec.environment", single(environment={"A": "b"}), "primary_container.environment", {"A": "b"}),
    Case("ContainerSpec.container_hostname", single(container_hostname="h"), "primary_container.container_hostname", "h"),
    Case(
        "ContainerSpec.model_data",
        single(model_data="uncompressed"),
        "primary_container.model_data_source.s3_data_source[0]",
        {"s3_uri": "s3://models/container", "s3_data_type": "S3Prefix", "compression_type": "None"},
    ),
    Case("ContainerSpec.model_data", single(model_data="none"), "primary_container.model_data_url", None),
    Case(
        "ContainerSpec.image_config",
        single(image_config={"repository_access_mode": "Platform"}),
        "primary_container.image_config.repository_access_mode",
        "Platform",
    ),
    Case(
        "ImageConfig.repository_access_mode",
        single(image_config=PRIVATE) | {"vpc_config": VPC},
        "primary_container.image_config.repository_access_mode",
        "Vpc",
    ),
    Case(
        "ImageConfig.repository_credentials_provider_arn",
        single(image_config=PRIVATE) | {"vpc_config": VPC},
        "primary_container.image_config.repository_auth_config.repository_credentials_provider_arn",
        LAMBDA,
    ),
    Case("PipelineModelSpec.kind", pipeline({}), "primary_container", None),
    Case("PipelineModelSpec.containers", pipeline({}), "container[1].model_data_url", "s3://models/rank"),
    Case("PipelineModelSpec.enable_network_isolation", pipeline({}, enable_network_isolation=False), "enable_network_isolation", False),
    Case("PipelineModelSpec.vpc_config", pipeline({}, vpc_config=VPC), "vpc_config.security_group_ids", ["sg-1"]),
    Case(
        "PipelineModelSpec.inference_execution_config",
        pipeline({}, inference_execution_config={"mode": "Direct"}),
        "inference_execution_config.mode",
        "Direct",
    ),
    Case("InferenceExecutionConfig.mode", pipeline({}), "inference_execution_config.mode", "Serial"),
    Case("PipelineContainerSpec.name", pipeline({}), "container[0].container_hostname", "encode"),
    Case("PipelineContainerSpec.image", pipeline({}), "container[0].image", IMAGE),
    Case("PipelineContainerSpec.environment", pipeline({"environment": {"A": "b"}}), "container[0].environment", {"A": "b"}),
    Case("PipelineContainerSpec.model_data", pipeline({"model_data": "none"}), "container[0].model_data_url", None),
    Case(
        "PipelineContainerSpec.image_config",
        pipeline({"image_config": {"repository_access_mode": "Platform"}}),
        "container[0].image_config.repository_access_mode",
        "Platform",
    ),
    Case("MultiModelSpec.kind", multi(), "primary_container.mode", "MultiModel"),
    Case("MultiModelSpec.container", multi(), "primary_container.model_data_url", "s3://models/container"),
    Case("MultiModelSpec.enable_network_isolation", multi() | {"enable_network_isolation": False}, "enable_network_isolation", False),
    Case("MultiModelSpec.vpc_config", multi() | {"vpc_config": VPC}, "vpc_config.security_group_ids", ["sg-1"]),
    Case("MultiModelContainerSpec.image", multi(), "primary_container.image", IMAGE),
    Case("MultiModelContainerSpec.environment", multi(environment={"A": "b"}), "primary_container.environment", {"A": "b"}),
    Case("MultiModelContainerSpec.container_hostname", multi(container_hostname="h"), "primary_container.container_hostname", "h"),
    Case(
        "MultiModelContainerSpec.image_config",
        multi(image_config={"repository_access_mode": "Platform"}),
        "primary_container.image_config.repository_access_mode",
        "Platform",
    ),
    Case(
        "MultiModelContainerSpec.model_cache_setting",
        multi(model_cache_setting="Disabled"),
        "primary_container.multi_model_config.model_cache_setting",
        "Disabled",
    ),
    *(Case(f"{kind}Spec.network", o | {"network": "private"}, "vpc_config", NETWORK) for kind, o in KINDS.items()),
]


def refs(**changes: Any) -> Any:
    from modules.model.construct import ModelRefs

    keys = ("container", "encode", "rank")
    artifacts = {key: f"s3://models/{key}" for key in keys}
    base = ModelRefs(ROLE, dict.fromkeys(keys, IMAGE), artifacts, subnet_ids=("subnet-n",), security_group_ids=("sg-n",))
    return replace(base, **changes)


def build(stack: Any, id: str, options: dict[str, Any], name: str = "wine", **changes: Any) -> Any:
    from modules.model.construct import Model

    spec = TypeAdapter(ModelSpec).validate_python(options)
    return Model(stack, id, naming=NAMING, name=name, spec=spec, refs=refs(**changes))


def add_cases(scope: Any) -> None:
    """All cases side by side, so they must not clash."""
    for index, case in enumerate(CASES):
        build(scope, f"case{index:02}", case.options, f"case{index:02}")


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    return synth(add_cases)


@pytest.mark.parametrize("index", range(len(CASES)), ids=lambda index: f"{CASES[index].option}-{index}")
def test_option_reaches_the_json(document: dict[str, Any], index: int) -> None:
    body = resource(document, "aws_sagemaker_model", f"case{index:02}/")
    assert at(body, CASES[index].path) == CASES[index].expected


ELSEWHERE = {
    "ContainerSpec.optimize",  # tests/artifacts/test_compile.py: the release compiles, Terraform sees the compiled archive
    *(f"NeoSpec.{name}" for name in NeoSpec.model_fields),  # tests/config/test_checks_optimize.py
    *(f"PrebuiltImage.{name}" for name in PrebuiltImage.model_fields),  # tests/shared/test_prebuilt_images.py
}


def test_every_option_has_a_case() -> None:
    assert untested(all_options(ModelSpec), [*(case.option for case in CASES), *ELSEWHERE]) == []


def test_isolation_is_a_literal_and_replacement_comes_first(document: dict[str, Any]) -> None:
    for body in resources(document, "aws_sagemaker_model"):
        assert body["enable_network_isolation"] in (True, False)
        assert body["lifecycle"] == {"create_before_destroy": True}


def names(*builds: tuple[dict[str, Any], dict[str, Any]]) -> list[str]:
    found: list[str] = []
    synth(
        lambda stack: [found.append(build(stack, f"m{i}", options, **changes).literal_name) for i, (options, changes) in enumerate(builds)]
    )
    return found


def test_name_follows_the_content() -> None:
    base = (single(environment={"A": "b"}), {})
    other = IMAGE.replace("a" * 64, "b" * 64)
    changes: list[tuple[dict[str, Any], dict[str, Any]]] = [
        (single(environment={"A": "c"}), {}),
        (single(), {}),
        (single(environment={"A": "b"}, container_hostname="h"), {}),
        (single(environment={"A": "b"}, model_data="none"), {}),
        (single(environment={"A": "b"}, model_data="uncompressed"), {}),
        (base[0] | {"enable_network_isolation": False}, {}),
        (base[0] | {"vpc_config": VPC}, {}),
        (base[0], {"execution_role_arn": ROLE + "2"}),
        (base[0], {"images": {"container": other}}),
        (base[0], {"artifacts": {"container": "s3://models/other"}}),
        (base[0], {"fingerprint": {"role": "behind a token"}}),
        (multi(environment={"A": "b"}), {}),
        (pipeline({"environment": {"A": "b"}}), {}),
    ]
    first, again, *changed = names(base, base, *changes)
    assert first == again
    assert len({first, *changed}) == 1 + len(changes)
    assert all(len(name) <= 63 and name.startswith("slipway-test-wine-") for name in changed)


def test_order_of_sets_does_not_matter() -> None:
    one, two = names((single() | {"vpc_config": VPC}, {}), (single() | {"vpc_config": VPC | {"subnets": VPC["subnets"][::-1]}}, {}))
    assert one == two


def test_tokens_do_not_make_the_name_depend_on_what_else_is_there() -> None:
    from modules._shared.provider import aws

    found: list[str] = []

    def with_role(stack: Any, noise: int) -> None:
        for index in range(noise):
            _ = aws.kms_key.KmsKey(stack, f"noise{index}").arn
        found.append(build(stack, "m", single(), execution_role_arn=aws.kms_key.KmsKey(stack, "k").arn).literal_name)

    synth(lambda stack: with_role(stack, 0))
    synth(lambda stack: with_role(stack, 3))
    assert found[0] == found[1]


def test_image_behind_a_token_needs_a_fingerprint() -> None:
    from modules._shared.provider import aws

    def with_token(stack: Any, fingerprint: dict[str, str]) -> None:
        build(stack, "m", single(), images={"container": aws.kms_key.KmsKey(stack, "k").arn}, fingerprint=fingerprint)

    synth(lambda stack: with_token(stack, {"image/container": IMAGE}))
    with pytest.raises(ValueError, match=r"no literal in refs\.fingerprint"):
        synth(lambda stack: with_token(stack, {}))


def test_image_must_have_a_digest() -> None:
    with pytest.raises(ValueError, match="has no digest"):
        synth(lambda stack: build(stack, "m", single(), images={"container": "repository:latest"}))


def test_long_names_keep_the_hash() -> None:
    from modules.model.construct import Model

    spec = TypeAdapter(ModelSpec).validate_python(single())
    found: list[str] = []
    synth(lambda stack: found.append(Model(stack, "m", naming=NAMING, name="w" * 63, spec=spec, refs=refs()).literal_name))
    assert len(found[0]) <= 63


def test_example() -> None:
    document = synth(example.build)
    assert resource(document, "aws_sagemaker_model")["enable_network_isolation"] is True
    assert set(document["output"]) == {"wine_name", "wine_arn"}
