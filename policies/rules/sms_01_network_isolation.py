"""Network isolation of models."""

from __future__ import annotations

from policies.estate import Estate, Resource, is_reference
from policies.rule import PASS, Rule, Verdict, fail, unknown


def _check(model: Resource, estate: Estate) -> Verdict:
    value = model.get("enable_network_isolation")
    if is_reference(value):
        return unknown(f"enable_network_isolation is {value}; scanners read literals only")
    if value is True or serves_serverless_only(model, estate):
        return PASS
    return fail(f"enable_network_isolation is {value!r}")


def serves_serverless_only(model: Resource, estate: Estate) -> bool:
    """Whether every variant with this model, and there is one, is serverless: those support no network isolation
    (SageMaker developer guide, "Serverless Inference", feature exclusions).
    """
    variants = [
        variant
        for config in estate.resources("aws_sagemaker_endpoint_configuration")
        for variant in (*config.blocks("production_variants"), *config.blocks("shadow_production_variants"))
        if estate.points_at(variant.get("model_name"), config.document, model)
    ]
    return bool(variants) and all(variant.get("serverless_config") for variant in variants)


RULE = Rule(
    id="CKV_SLIPWAY_1",
    title="Ensure a SageMaker model runs in network isolation",
    why="A container that can reach the network can leak what it is asked. CKV_AWS_370 says nothing when the value is a reference, and "
    "demands it of serverless endpoints, which do not support it. Bare checkov sees one resource at a time and still does.",
    fix="enable_network_isolation: true, as a literal",
    applies_to=("aws_sagemaker_model",),
    check=_check,
    alone=True,
)
