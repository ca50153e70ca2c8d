"""Options of the VPC that models join: created whole, or an existing one found by ids or tags."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Annotated, Literal

from pydantic import Discriminator, Field, model_validator

from modules._shared.fields import LogRetention, PolicyArn
from modules._shared.sequences import AtLeast
from modules._shared.spec import Spec
from modules.network import addresses
from modules.network.addresses import Block, Cidr, PublicAddress

InterfaceService = Literal["sagemaker.runtime", "sagemaker.api", "ecr.api", "ecr.dkr", "logs", "sts", "kms", "monitoring", "lambda"]
"""AWS services a VPC can reach through an interface endpoint, as in `com.amazonaws.<region>.<service>`."""
INTERFACE_SERVICES: tuple[InterfaceService, ...] = (
    "sagemaker.runtime",
    "sagemaker.api",
    "ecr.api",
    "ecr.dkr",
    "logs",
    "sts",
    "kms",
    "monitoring",
)
"""What a VPC has unless it says otherwise. `lambda` is for a private API function in front of models in Lambda functions."""
ZoneName = Annotated[str, Field(pattern=r"^[a-z]{2}(-[a-z]+)+-[0-9][a-z]$")]
_Blocks = Annotated[tuple[Block, ...], Field(strict=False)]
_BucketArn = Annotated[str, Field(pattern=r"^arn:aws[a-z-]*:s3:::[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$")]
_Id = r"[0-9a-f]{8,17}$"
_SubnetId = Annotated[str, Field(pattern=rf"^subnet-{_Id}")]
_Tags = Annotated[dict[Annotated[str, Field(max_length=128)], Annotated[str, Field(max_length=256)]], Field(min_length=1, max_length=10)]


def repeated(items: Sequence[str]) -> str:
    """Those that are there more than once, as text; empty when each is there once."""
    return ", ".join(sorted({item for item in items if items.count(item) > 1}))


class FlowLogs(Spec):
    """Records of the VPC's traffic, in an encrypted log group of its own."""

    traffic_type: Literal["ALL", "ACCEPT", "REJECT"] = Field("ALL", description="Which traffic is recorded.")
    max_aggregation_interval: Literal[60, 600] = Field(600, description="Seconds that one record covers: 60 or 600.")
    retention_in_days: LogRetention = Field(365, description="Days the records are kept; one of CloudWatch's values.")
    permissions_boundary: PolicyArn | None = Field(
        None, description="ARN of the managed policy that caps the role which writes the records; many organisations demand one."
    )


class Vpn(Spec):
    """A site-to-site VPN: two IPsec tunnels between the VPC and a router of yours."""

    customer_gateway_ip: PublicAddress = Field(description="Public IPv4 address of your router.")
    bgp_asn: int = Field(65000, ge=1, le=2147483647, description="Autonomous system number of your router.")
    amazon_side_asn: int = Field(
        64512,
        ge=64512,
        le=4294967294,
        description="Autonomous system number of the AWS side: 64512-65534 or 4200000000-4294967294.",
    )
    static_routes: Annotated[tuple[Cidr, ...], Field(strict=False)] = Field(
        (), max_length=50, description="Networks behind your router, at most 50. Default: learned by BGP."
    )

    @model_validator(mode="after")
    def _unique(self) -> Vpn:
        if twice := repeated(self.static_routes):
            raise ValueError(f"static_routes names {twice} twice")
        if 65534 < self.amazon_side_asn < 4200000000:
            raise ValueError(f"amazon_side_asn {self.amazon_side_asn} is not a private number; use 64512-65534 or 4200000000-4294967294")
        return self


class Egress(Spec):
    """One more place that models may connect to, by TCP: over the VPN, or over NAT."""

    cidr: Cidr = Field(description="IPv4 block of the place.")
    port: int = Field(443, ge=1, le=65535, description="TCP port.")
    description: str = Field(pattern=r"^[A-Za-z0-9 ._\-:/()#,@\[\]+=&;{}!$*]{1,255}$", description="What it is; shown in the rule.")


class CreatedNetwork(Spec):
    """A VPC of the environment's own, closed to the internet unless `nat` opens a way out."""

    kind: Literal["create"] = Field(description="Create the VPC.")
    cidr: Block = Field("10.0.0.0/16", description="Private IPv4 block of the VPC, /16 to /26; /24 or larger with NAT.")
    zone_count: Literal[2, 3] = Field(2, description="How many availability zones, 2 or 3: the region's first ones, as AWS lists them.")
    availability_zones: Annotated[tuple[ZoneName, ...], Field(strict=False)] = Field(
        (), max_length=3, description="Two or three zones by name instead, which stay the same whatever AWS adds to the region."
    )
    private_subnets: _Blocks = Field((), description="One block for each zone. Default: the first quarters of `cidr`.")
    public_subnets: _Blocks = Field((), description="One block for each zone, only with NAT. Default: parts of the last quarter of `cidr`.")
    nat: Literal["none", "one", "per_az"] = Field(
        "none",
        description="Way out to the internet: none; one NAT gateway for all zones; one in each, which outlives the loss of a zone.",
    )
    interface_endpoints: Annotated[tuple[InterfaceService, ...], Field(strict=False)] = Field(
        INTERFACE_SERVICES,
        description="AWS services that the VPC reaches without the internet; each costs by the hour and zone. Default: all but lambda.",
    )
    private_dns_enabled: bool = Field(True, description="The services' usual host names lead to the endpoints.")
    endpoint_client_cidrs: Annotated[tuple[Cidr, ...], Field(strict=False)] = Field(
        (), description="IPv4 blocks, besides the models, that may use the interface endpoints, such as a network behind the VPN."
    )
    s3_read_buckets: Annotated[tuple[_BucketArn, ...], Field(strict=False)] = Field(
        (), description="Buckets of other accounts, as ARNs, that may be read through the S3 endpoint. The account's own always may."
    )
    egress: Annotated[tuple[Egress, ...], Field(strict=False)] = Field(
        (), max_length=40, description="More places that models may connect to. Default: the endpoints and S3, nothing else."
    )
    vpn: Vpn | None = Field(None, description="Site-to-site VPN to a router of yours. Default: none.")
    flow_logs: FlowLogs = Field(FlowLogs(), description="Records of the VPC's traffic.")

    @property
    def zones(self) -> int:
        """How many zones, 2 or 3."""
        return len(self.availability_zones) or self.zone_count

    @property
    def private_cidrs(self) -> tuple[str, ...]:
        """Blocks of the private subnets, in the order of the zones."""
        return self.private_subnets or addresses.private_blocks(self.cidr, self.zones)

    @property
    def public_cidrs(self) -> tuple[str, ...]:
        """Blocks of the public subnets, in the order of the zones; none without NAT."""
        if self.nat == "none":
            return ()
        return self.public_subnets or addresses.public_blocks(self.cidr, self.zones)

    @model_validator(mode="after")
    def _unique(self) -> CreatedNetwork:
        if len(self.availability_zones) == 1:
            raise ValueError("availability_zones names one zone; an outage there would stop everything: name two or three")
        if self.availability_zones and "zone_count" in self.model_fields_set:
            raise ValueError("zone_count has no effect beside availability_zones; leave one of the two out")
        for option, items in {
            "availability_zones": self.availability_zones,
            "interface_endpoints": self.interface_endpoints,
            "endpoint_client_cidrs": self.endpoint_client_cidrs,
            "egress": tuple(f"{rule.cidr} port {rule.port}" for rule in self.egress),
        }.items():
            if twice := repeated(items):
                raise ValueError(f"{option} names {twice} twice")
        return self

    @model_validator(mode="after")
    def _addresses(self) -> CreatedNetwork:
        if self.public_subnets and self.nat == "none":
            raise ValueError("public_subnets are for NAT gateways; set nat: one or per_az, or leave them out")
        for option, given in (("private_subnets", self.private_subnets), ("public_subnets", self.public_subnets)):
            if given and len(given) != self.zones:
                raise ValueError(f"{option} has {len(given)} block(s) for {self.zones} zones; give one for each zone")
        if problems := list(addresses.overlaps(self.cidr, (*self.private_cidrs, *self.public_cidrs))):
            raise ValueError("; ".join(problems))
        for subnet in self.private_cidrs:
            if (free := addresses.free_addresses(subnet, len(self.interface_endpoints))) < addresses.FREE_FOR_MODELS:
                raise ValueError(
                    f"private subnet {subnet} is too small: AWS and {len(self.interface_endpoints)} interface endpoints leave {free} "
                    f"addresses, and models need {addresses.FREE_FOR_MODELS}"
                )
        return self

    @model_validator(mode="after")
    def _reachable(self) -> CreatedNetwork:
        behind = self.vpn.static_routes if self.vpn else ()
        if clashing := addresses.clashes(self.cidr, behind):
            raise ValueError(f"vpn.static_routes {', '.join(clashing)} overlap cidr {self.cidr}; traffic to them would never leave the VPC")
        if self.egress and self.nat == "none" and self.vpn is None:
            raise ValueError("egress has no way out of the VPC; add nat or a vpn")
        return self


class ByIds(Spec):
    """An existing network by its ids."""

    by: Literal["ids"] = Field(description="Name every part.")
    vpc_id: str = Field(pattern=rf"^vpc-{_Id}", description="Id of the VPC.")
    subnet_ids: Annotated[tuple[_SubnetId, ...], Field(strict=False), AtLeast(2)] = Field(
        max_length=16, description="2 to 16 private subnets, in at least two zones."
    )
    security_group_id: str = Field(pattern=rf"^sg-{_Id}", description="Security group that models get.")

    @model_validator(mode="after")
    def _unique(self) -> ByIds:
        if len(set(self.subnet_ids)) != len(self.subnet_ids):
            raise ValueError("subnet_ids names one subnet twice")
        return self


class ByTags(Spec):
    """An existing network by its tags, looked up at every plan."""

    by: Literal["tags"] = Field(description="Look for tags.")
    vpc_tags: _Tags = Field(description="Tags that exactly one VPC has.")
    subnet_tags: _Tags = Field(description="Tags that the private subnets of that VPC have.")
    subnet_count: int = Field(ge=2, le=16, description="How many subnets the tags must find, 2 to 16: any other number fails the plan.")
    security_group_tags: _Tags = Field(description="Tags that exactly one security group of that VPC has: the one models get.")


Lookup = Annotated[ByIds | ByTags, Discriminator("by")]


class ExistingNetwork(Spec):
    """A VPC that others keep. Nothing in it is changed; a plan fails when its subnets lie in one zone only."""

    kind: Literal["existing"] = Field(description="Use a VPC that is there.")
    lookup: Lookup = Field(description="How it is found: by ids, or by tags.")


NetworkSpec = Annotated[CreatedNetwork | ExistingNetwork, Discriminator("kind")]
"""The network of an environment; `kind` decides."""
AnyNetwork = CreatedNetwork | ExistingNetwork


def subnet_count(spec: AnyNetwork) -> int:
    """How many private subnets models get."""
    if isinstance(spec, CreatedNetwork):
        return spec.zones
    return spec.lookup.subnet_count if isinstance(spec.lookup, ByTags) else len(spec.lookup.subnet_ids)


def identity(spec: AnyNetwork) -> str:
    """What makes the subnets and the security group these and no others: a model gets a new name when it changes."""
    if isinstance(spec, ExistingNetwork):
        return json.dumps(spec.lookup.model_dump(mode="json"), sort_keys=True)
    zones = list(spec.availability_zones) or spec.zone_count
    return json.dumps({"cidr": spec.cidr, "zones": zones, "private": list(spec.private_cidrs)}, sort_keys=True)
