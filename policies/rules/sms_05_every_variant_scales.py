"""Automatic scaling of every variant."""

from __future__ import annotations

from policies.endpoints import config_of, scalable_targets, scaling_rules
from policies.estate import Estate, Resource
from policies.rule import Rule, Verdict, unknown, verdict


def _check(endpoint: Resource, estate: Estate) -> Verdict:
    config = config_of(endpoint, estate)
    if config is None:
        return unknown(f"endpoint_config_name {endpoint.get('endpoint_config_name')} is not in this environment")
    problems = []
    for variant in config.blocks("production_variants"):
        targets = [] if variant.get("serverless_config") else scalable_targets(endpoint, str(variant.get("variant_name")), estate)
        if not targets and not variant.get("serverless_config"):
            problems.append(f"variant {variant.get('variant_name')} has no scalable target")
        problems += [f"{target.address} has no policy" for target in targets if not scaling_rules(target, estate)]
    return verdict(problems)


RULE = Rule(
    id="CKV_SLIPWAY_5",
    title="Ensure every production variant has a scalable target and a scaling policy or schedule",
    why="A fixed fleet is either too small at the peak or paid for all night. Nothing built in looks at SageMaker variants.",
    fix="autoscaling for each variant of the endpoint",
    applies_to=("aws_sagemaker_endpoint",),
    check=_check,
    production_only=True,
)
