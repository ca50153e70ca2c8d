"""VPC, zones and subnets."""

from __future__ import annotations

from typing import Any

from constructs import Construct

from modules._shared.naming import Naming
from modules._shared.provider import aws
from modules.network.spec import CreatedNetwork

LETTERS = "abc"
"""Ends of construct ids and names, one for each zone in order; not the zones' own letters."""
DELETE_TIMEOUT = "30m"
"""How long Terraform asks again to delete what a lingering network interface still holds."""


def create_vpc(scope: Construct, naming: Naming, spec: CreatedNetwork) -> Any:
    """The VPC, with the DNS that interface endpoints need."""
    return aws.vpc.Vpc(
        scope, "vpc", cidr_block=spec.cidr, enable_dns_support=True, enable_dns_hostnames=True, tags={"Name": naming.name("vpc")}
    )


def private_subnets(scope: Construct, naming: Naming, spec: CreatedNetwork, vpc: Any) -> list[Any]:
    """One subnet for each zone."""
    zones = _zones(scope, naming, spec)
    return [_subnet(scope, naming, vpc, "private", index, block, zones[index]) for index, block in enumerate(spec.private_cidrs)]


def public_subnets(scope: Construct, naming: Naming, spec: CreatedNetwork, vpc: Any) -> list[Any]:
    """One subnet for each zone, for NAT gateways: nothing in it gets a public address by itself."""
    zones = _zones(scope, naming, spec)
    return [_subnet(scope, naming, vpc, "public", index, block, zones[index]) for index, block in enumerate(spec.public_cidrs)]


def _subnet(scope: Construct, naming: Naming, vpc: Any, kind: str, index: int, block: str, zone: str) -> Any:
    return aws.subnet.Subnet(
        scope,
        f"{kind}_{LETTERS[index]}",
        vpc_id=vpc.id,
        cidr_block=block,
        availability_zone=zone,
        map_public_ip_on_launch=False,
        tags={"Name": naming.name(kind, LETTERS[index])},
        timeouts={"delete": DELETE_TIMEOUT},
    )


def _zones(scope: Construct, naming: Naming, spec: CreatedNetwork) -> list[str]:
    """The zones' names: given, or the first ones of the region's lettered zones that are on for every account, read at plan time."""
    if spec.availability_zones:
        return list(spec.availability_zones)
    found = scope.node.try_find_child("zones") or aws.data_aws_availability_zones.DataAwsAvailabilityZones(
        scope,
        "zones",
        state="available",
        filter=[
            {"name": "opt-in-status", "values": ["opt-in-not-required"]},
            {"name": "zone-name", "values": [f"{naming.region}{letter}" for letter in "abcdef"]},
        ],
    )
    return [f"${{{found.fqn}.names[{index}]}}" for index in range(spec.zones)]
