"""A model that joins the environment's network: what it gets, what is refused, and what its name follows."""

from __future__ import annotations

from typing import Any

import pytest

from modules.model.spec import ModelSpec
from tests.modules.model.test_model_construct import PRIVATE, VPC, build, single
from tests.modules.support import at, messages, resource, synth

REFS = {"subnet_ids": ("subnet-b", "subnet-a"), "security_group_ids": ("sg-9",)}
JOINED = single() | {"network": "private"}


def joined(**changes: Any) -> Any:
    found: list[Any] = []
    document = synth(lambda stack: found.append(build(stack, "m", JOINED, **{**REFS, **changes})))
    return found[0].literal_name, resource(document, "aws_sagemaker_model")


def test_it_gets_the_networks_subnets_in_their_order_and_its_group() -> None:
    _, body = joined()
    assert body["vpc_config"] == {"subnets": ["subnet-b", "subnet-a"], "security_group_ids": ["sg-9"]}
    assert body["enable_network_isolation"] is True


def test_a_model_that_does_not_join_gets_nothing() -> None:
    document = synth(lambda stack: build(stack, "m", single(), **REFS))
    assert at(resource(document, "aws_sagemaker_model"), "vpc_config") is None


def test_another_network_makes_another_name() -> None:
    names = [joined(fingerprint={"network": identity})[0] for identity in ("one", "one", "two")]
    assert names[0] == names[1] != names[2]


def test_tokens_need_the_literal_behind_them() -> None:
    from modules._shared.provider import aws

    def with_token(stack: Any, fingerprint: dict[str, str]) -> None:
        subnet = aws.kms_key.KmsKey(stack, "k").arn
        build(stack, "m", JOINED, subnet_ids=(subnet,), security_group_ids=("sg-9",), fingerprint=fingerprint)

    synth(lambda stack: with_token(stack, {"network": "one"}))
    with pytest.raises(ValueError, match=r"no literal in refs\.fingerprint"):
        synth(lambda stack: with_token(stack, {}))


def test_without_a_network_it_is_refused() -> None:
    with pytest.raises(ValueError, match="needs refs.subnet_ids and refs.security_group_ids"):
        synth(lambda stack: build(stack, "m", JOINED, subnet_ids=()))


def test_options_that_do_not_go_together() -> None:
    assert messages(ModelSpec, JOINED) == []
    assert messages(ModelSpec, single(image_config=PRIVATE) | {"network": "private"}) == []
    (both,) = messages(ModelSpec, JOINED | {"vpc_config": VPC})
    assert "network: private and vpc_config both choose subnets" in both
    (unknown,) = messages(ModelSpec, single() | {"network": "public"})
    assert "Input should be 'private'" in unknown
