"""Options of a network: what is refused, in which words, and what is taken."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import TypeAdapter

from modules.network.addresses import free_addresses
from modules.network.spec import AnyNetwork, CreatedNetwork, NetworkSpec, identity, subnet_count
from tests.modules.support import messages

IDS = {"by": "ids", "vpc_id": "vpc-0a1b2c3d", "subnet_ids": ["subnet-0a1b2c3d", "subnet-1a2b3c4d"], "security_group_id": "sg-0a1b2c3d"}
TAGS = {
    "by": "tags",
    "vpc_tags": {"Name": "shared"},
    "subnet_tags": {"tier": "private"},
    "subnet_count": 3,
    "security_group_tags": {"for": "models"},
}
VPN = {"customer_gateway_ip": "8.8.8.8"}
EGRESS = {"cidr": "192.168.0.0/16", "description": "feature store"}


def created(**options: Any) -> dict[str, Any]:
    return {"kind": "create", **options}


def parse(options: dict[str, Any]) -> AnyNetwork:
    network: AnyNetwork = TypeAdapter(NetworkSpec).validate_python(options)
    return network


@pytest.mark.parametrize(
    "options",
    [
        created(),
        created(cidr="10.1.0.0/26", interface_endpoints=[]),
        created(cidr="192.168.4.0/24", nat="per_az", interface_endpoints=["logs"]),
        created(cidr="100.64.0.0/16", zone_count=3, nat="one"),
        created(availability_zones=["eu-west-1a", "eu-west-1c"]),
        created(private_subnets=["10.0.8.0/22", "10.0.4.0/22"], nat="one", public_subnets=["10.0.0.0/28", "10.0.0.16/28"]),
        created(vpn={**VPN, "static_routes": ["192.168.0.0/16"]}, egress=[EGRESS], endpoint_client_cidrs=["192.168.0.0/16"]),
        created(s3_read_buckets=["arn:aws:s3:::weights-of-others"]),
        created(flow_logs={"traffic_type": "REJECT", "max_aggregation_interval": 60}),
        {"kind": "existing", "lookup": IDS},
        {"kind": "existing", "lookup": TAGS},
    ],
)
def test_taken(options: dict[str, Any]) -> None:
    assert messages(NetworkSpec, options) == []


REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "no kind": ({}, "Unable to extract tag using discriminator 'kind'"),
    "unknown kind": ({"kind": "shared"}, "'shared' found using 'kind' does not match"),
    "host bits": (created(cidr="10.0.0.1/16"), "create.cidr: Value error, 10.0.0.1/16 is no IPv4 block: 10.0.0.1/16 has host bits set"),
    "no block": (created(cidr="ten"), "ten is no IPv4 block"),
    "IPv6": (created(cidr="fd00::/56"), "fd00::/56 is no IPv4 block"),
    "public": (created(cidr="8.8.0.0/16"), "8.8.0.0/16 is not a private range"),
    "half private": (created(cidr="172.0.0.0/16"), "172.0.0.0/16 is not a private range"),
    "too large": (created(cidr="10.0.0.0/15"), "10.0.0.0/15 is a /15; a VPC and its subnets are /16 to /28"),
    "too small": (created(cidr="10.0.0.0/27"), "cidr 10.0.0.0/27 is too small: its quarters become subnets"),
    "too small for endpoints": (created(cidr="10.0.0.0/26"), "10.0.0.0/28 is too small: AWS and 8 interface endpoints leave 3 addresses"),
    "too small for public subnets": (created(cidr="10.0.0.0/25", nat="one"), "cidr 10.0.0.0/25 is too small for public subnets"),
    "docker's range": (created(cidr="172.17.0.0/20"), "172.17.0.0/20 overlaps 172.17.0.0/16, which SageMaker's containers use"),
    "one zone": (created(zone_count=1), "create.zone_count: Input should be 2 or 3"),
    "one zone by name": (created(availability_zones=["eu-west-1a"]), "names one zone; an outage there would stop everything"),
    "four zones": (created(availability_zones=[f"eu-west-1{c}" for c in "abcd"]), "create.availability_zones: Tuple should have at most 3"),
    "a zone twice": (created(availability_zones=["eu-west-1a", "eu-west-1a"]), "availability_zones names eu-west-1a twice"),
    "a zone's id": (created(availability_zones=["euw1-az1", "eu-west-1b"]), "create.availability_zones.0: String should match pattern"),
    "both": (created(zone_count=2, availability_zones=["eu-west-1a", "eu-west-1b"]), "zone_count has no effect beside availability_zones"),
    "outside": (created(private_subnets=["10.1.0.0/24", "10.0.1.0/24"]), "subnet 10.1.0.0/24 is not inside cidr 10.0.0.0/16"),
    "overlap": (created(private_subnets=["10.0.0.0/23", "10.0.1.0/24"]), "subnets 10.0.0.0/23 and 10.0.1.0/24 overlap"),
    "overlap of public": (
        created(nat="one", public_subnets=["10.0.0.0/24", "10.0.192.0/24"]),
        "subnets 10.0.0.0/18 and 10.0.0.0/24 overlap",
    ),
    "one subnet": (created(private_subnets=["10.0.0.0/24"]), "private_subnets has 1 block(s) for 2 zones"),
    "public without NAT": (created(public_subnets=["10.0.192.0/24", "10.0.193.0/24"]), "public_subnets are for NAT gateways"),
    "unknown NAT": (created(nat="all"), "create.nat: Input should be 'none', 'one' or 'per_az'"),
    "unknown service": (created(interface_endpoints=["s3"]), "create.interface_endpoints.0: Input should be"),
    "service twice": (created(interface_endpoints=["logs", "logs"]), "interface_endpoints names logs twice"),
    "bucket by name": (created(s3_read_buckets=["weights"]), "create.s3_read_buckets.0: String should match pattern"),
    "objects": (created(s3_read_buckets=["arn:aws:s3:::weights/*"]), "create.s3_read_buckets.0: String should match pattern"),
    "egress to nowhere": (created(egress=[EGRESS]), "egress has no way out of the VPC; add nat or a vpn"),
    "egress twice": (created(nat="one", egress=[EGRESS, EGRESS]), "egress names 192.168.0.0/16 port 443 twice"),
    "port": (created(nat="one", egress=[{**EGRESS, "port": 0}]), "create.egress.0.port: Input should be greater than or equal to 1"),
    "no description": (created(nat="one", egress=[{"cidr": "1.1.1.1/32"}]), "create.egress.0.description: Field required"),
    "private router": (created(vpn={"customer_gateway_ip": "192.168.1.1"}), "192.168.1.1 cannot be reached over the internet"),
    "no router": (created(vpn={"customer_gateway_ip": "router"}), "router is no IPv4 address"),
    "route into the VPC": (created(vpn={**VPN, "static_routes": ["10.0.0.0/8"]}), "vpn.static_routes 10.0.0.0/8 overlap cidr 10.0.0.0/16"),
    "route twice": (created(vpn={**VPN, "static_routes": ["192.168.0.0/16"] * 2}), "static_routes names 192.168.0.0/16 twice"),
    "public ASN of 32 bits": (created(vpn={**VPN, "amazon_side_asn": 70000}), "amazon_side_asn 70000 is not a private number"),
    "public ASN": (created(vpn={**VPN, "amazon_side_asn": 100}), "amazon_side_asn: Input should be greater than or equal to 64512"),
    "interval": (created(flow_logs={"max_aggregation_interval": 300}), "max_aggregation_interval: Input should be 60 or 600"),
    "retention": (created(flow_logs={"retention_in_days": 2}), "create.flow_logs.retention_in_days: Input should be 1, 3, 5"),
    "existing with cidr": ({"kind": "existing", "lookup": IDS, "cidr": "10.0.0.0/16"}, "existing.cidr: Extra inputs are not permitted"),
    "one existing subnet": ({"kind": "existing", "lookup": {**IDS, "subnet_ids": ["subnet-0a1b2c3d"]}}, "at least 2 items"),
    "existing twice": ({"kind": "existing", "lookup": {**IDS, "subnet_ids": ["subnet-0a1b2c3d"] * 2}}, "subnet_ids names one subnet twice"),
    "id of another kind": ({"kind": "existing", "lookup": {**IDS, "vpc_id": "subnet-0a1b2c3d"}}, "lookup.ids.vpc_id: String should match"),
    "no tags": ({"kind": "existing", "lookup": {**TAGS, "subnet_tags": {}}}, "subnet_tags: Dictionary should have at least 1 item"),
    "one tagged subnet": (
        {"kind": "existing", "lookup": {**TAGS, "subnet_count": 1}},
        "subnet_count: Input should be greater than or equal to 2",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_refused(case: str) -> None:
    options, text = REFUSED[case]
    (message,) = messages(NetworkSpec, options)
    assert text in message


@pytest.mark.parametrize("cidr", ["10.0.0.0/16", "172.20.32.0/20", "192.168.4.0/24"])
@pytest.mark.parametrize("zones", [2, 3])
def test_a_further_zone_or_nat_moves_no_subnet(cidr: str, zones: int) -> None:
    plain = parse(created(cidr=cidr, interface_endpoints=[]))
    wider = parse(created(cidr=cidr, interface_endpoints=[], zone_count=3, nat="per_az"))
    assert isinstance(plain, CreatedNetwork) and isinstance(wider, CreatedNetwork)
    assert wider.private_cidrs[: plain.zones] == plain.private_cidrs
    assert (len(wider.private_cidrs), len(wider.public_cidrs), plain.public_cidrs) == (3, 3, ())


def test_blocks_that_are_computed() -> None:
    network = parse(created(cidr="10.40.0.0/16", zone_count=3, nat="one"))
    assert isinstance(network, CreatedNetwork)
    assert network.private_cidrs == ("10.40.0.0/18", "10.40.64.0/18", "10.40.128.0/18")
    assert network.public_cidrs == ("10.40.192.0/20", "10.40.208.0/20", "10.40.224.0/20")
    assert free_addresses("10.40.0.0/28", 2) == 16 - 5 - 2


@pytest.mark.parametrize(
    ("options", "count"), [(created(zone_count=3), 3), ({"kind": "existing", "lookup": IDS}, 2), ({"kind": "existing", "lookup": TAGS}, 3)]
)
def test_how_many_subnets_models_get(options: dict[str, Any], count: int) -> None:
    assert subnet_count(parse(options)) == count


def test_identity_follows_what_replaces_subnets_and_nothing_else() -> None:
    first = identity(parse(created()))
    same = [created(nat="one"), created(vpn=VPN), created(interface_endpoints=[]), created(flow_logs={"retention_in_days": 30})]
    assert {identity(parse(options)) for options in same} == {first}
    other = [created(cidr="10.1.0.0/16"), created(zone_count=3), created(availability_zones=["eu-west-1a", "eu-west-1b"])]
    other += [created(private_subnets=["10.0.0.0/24", "10.0.1.0/24"])]
    other += [{"kind": "existing", "lookup": IDS}, {"kind": "existing", "lookup": TAGS}]
    assert len({identity(parse(options)) for options in other} - {first}) == len(other)
