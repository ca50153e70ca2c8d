"""Plain attributes become the bindings' structs, whole."""

from __future__ import annotations

from typing import Annotated, Any

import pytest
from pydantic import Field

from modules._shared.blocks import typed
from modules._shared.sequences import AtLeast
from modules._shared.spec import Spec
from tests.modules.support import at, messages, resource, synth


def with_hostname(stack: Any, attributes: dict[str, Any], convert: bool) -> None:
    from modules._shared.provider import aws

    blocks = typed(aws.sagemaker_model, "SagemakerModel", attributes) if convert else attributes
    aws.sagemaker_model.SagemakerModel(stack, "m", execution_role_arn="r", **blocks)


def test_keys_with_underscores_survive_in_lists() -> None:
    """The toolkit drops them from plain dicts: the reason for `typed`. When that is mended upstream, this fails and it can go."""
    attributes = {"container": [{"image": "i", "container_hostname": "h", "environment": {"A_B": "c"}}]}
    whole = synth(lambda stack: with_hostname(stack, attributes, convert=True))
    assert at(resource(whole, "aws_sagemaker_model"), "container[0]") == attributes["container"][0]
    plain = synth(lambda stack: with_hostname(stack, attributes, convert=False))
    assert "container_hostname" not in at(resource(plain, "aws_sagemaker_model"), "container[0]")


def test_none_is_left_out() -> None:
    from modules._shared.provider import aws

    assert typed(aws.sagemaker_model, "SagemakerModel", {"container": None, "name": "n"}) == {"name": "n"}


class Numbers(Spec):
    values: Annotated[tuple[int, ...], Field(strict=False), AtLeast(2)] = Field(max_length=3)


@pytest.mark.parametrize(("values", "count"), [([1, 2], 0), ([1], 1), ([], 1), (["a"], 1), ([1, 2, 3, 4], 1), (["a", "b"], 2)])
def test_a_bad_item_is_reported_once(values: list[Any], count: int) -> None:
    assert len(messages(Numbers, {"values": values})) == count


def test_editors_know_the_minimum() -> None:
    schema = Numbers.model_json_schema()["properties"]["values"]
    assert (schema["minItems"], schema["maxItems"]) == (2, 3)
