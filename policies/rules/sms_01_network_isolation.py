"""Network isolation of models."""

from __future__ import annotations

from policies.estate import Estate, Resource, is_reference
from policies.rule import PASS, Rule, Verdict, fail, unknown


def _check(model: Resource, _: Estate) -> Verdict:
    value = model.get("enable_network_isolation")
    if is_reference(value):
        return unknown(f"enable_network_isolation is {value}; scanners read literals only")
    return PASS if value is True else fail(f"enable_network_isolation is {value!r}")


RULE = Rule(
    id="CKV_SLIPWAY_1",
    title="Ensure a SageMaker model runs in network isolation",
    why="A container that can reach the network can leak what it is asked. CKV_AWS_370 says nothing when the value is a reference.",
    fix="enable_network_isolation: true, as a literal",
    applies_to=("aws_sagemaker_model",),
    check=_check,
    alone=True,
)
