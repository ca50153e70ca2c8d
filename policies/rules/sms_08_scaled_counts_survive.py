"""What an apply does to a fleet that was scaled."""

from __future__ import annotations

from policies.endpoints import endpoints_of, scalable_targets
from policies.estate import Estate, Resource
from policies.rule import NOT_APPLICABLE, PASS, Rule, Verdict, fail


def _check(config: Resource, estate: Estate) -> Verdict:
    names = [str(variant.get("variant_name")) for variant in config.blocks("production_variants")]
    if not any(scalable_targets(endpoint, name, estate) for endpoint in endpoints_of(config, estate) for name in names):
        return NOT_APPLICABLE
    ignored = [entry for block in config.blocks("lifecycle") for entry in _listed(block.get("ignore_changes"))]
    if any(entry == "all" or entry.startswith("production_variants") for entry in ignored):
        return PASS
    return fail("a variant scales, but lifecycle.ignore_changes does not name production_variants")


def _listed(value: object) -> list[str]:
    return [str(item) for item in value] if isinstance(value, list) else [] if value is None else [str(value)]


RULE = Rule(
    id="CKV_SLIPWAY_8",
    title="Ensure an apply does not reset the instance counts that scaling has set",
    why="A new endpoint configuration carries counts. Terraform would set back what scaling, or an operator, has just changed.",
    fix='lifecycle.ignore_changes: ["production_variants"]',
    applies_to=("aws_sagemaker_endpoint_configuration",),
    check=_check,
)
