"""How many instances a variant starts with."""

from __future__ import annotations

from policies.estate import Estate, Resource
from policies.rule import NOT_APPLICABLE, Rule, Verdict, verdict


def _check(config: Resource, _: Estate) -> Verdict:
    if config.blocks("async_inference_config"):
        return NOT_APPLICABLE
    variants = [variant for variant in config.blocks("production_variants") if not variant.get("serverless_config")]
    if not variants:
        return NOT_APPLICABLE
    counts = {str(variant.get("variant_name")): variant.get("initial_instance_count") for variant in variants}
    unread = [f"variant {name}: initial_instance_count is {count}" for name, count in counts.items() if isinstance(count, str)]
    few = [f"variant {name} starts with {count or 'no'} instance(s)" for name, count in counts.items() if _is_few(count)]
    return verdict(few, unread)


def _is_few(count: object) -> bool:
    return not isinstance(count, str) and (not isinstance(count, int) or count < 2)


RULE = Rule(
    id="CKV_SLIPWAY_7",
    title="Ensure every production variant starts with at least two instances",
    why="SageMaker spreads two instances over two zones (Security Hub SageMaker.4). A YAML check cannot say `every variant`.",
    fix="initial_instance_count: 2 or more",
    applies_to=("aws_sagemaker_endpoint_configuration",),
    check=_check,
    production_only=True,
)
