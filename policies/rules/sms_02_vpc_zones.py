"""Where a model without network isolation may run."""

from __future__ import annotations

from policies.estate import Estate, Resource, is_reference
from policies.rule import PASS, Rule, Verdict, fail, unknown


def _check(model: Resource, estate: Estate) -> Verdict:
    configs = model.blocks("vpc_config")
    if not configs:
        return PASS if model.get("enable_network_isolation") is True else fail("neither network isolation nor a VPC")
    subnets, groups = configs[0].get("subnets") or [], configs[0].get("security_group_ids") or []
    if is_reference(subnets):
        return unknown(f"vpc_config.subnets is {subnets}")
    if len(set(subnets)) < 2 or not groups:
        return fail(f"vpc_config has {len(set(subnets))} subnet(s) and {len(groups)} security group(s)")
    zones = _zones(subnets, model, estate)
    return fail(f"all subnets are in {zones.pop()}") if len(zones) == 1 else PASS


def _zones(subnets: list[str], model: Resource, estate: Estate) -> set[str]:
    """Zones of the subnets that are part of the estate; empty when one of them is not."""
    own = {f"<{s.document.stack}/{s.address}>": str(s.get("availability_zone")) for s in estate.resources("aws_subnet")}
    found = [own.get(estate.text(subnet, model.document)) for subnet in subnets]
    return {zone for zone in found if zone} if all(found) else set()


RULE = Rule(
    id="CKV_SLIPWAY_2",
    title="Ensure a production model is isolated from the network, or sits in a VPC with subnets in two zones",
    why="With one zone an outage there stops the endpoint. Without a VPC and without isolation the container reaches the internet.",
    fix="enable_network_isolation: true, or vpc_config with a security group and at least two subnets of different zones",
    applies_to=("aws_sagemaker_model",),
    check=_check,
    production_only=True,
)
