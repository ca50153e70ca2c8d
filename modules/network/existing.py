"""A network that others keep, read at every plan: the plan fails when it is not what models need."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from constructs import Construct

from modules._shared.provider import aws, cdktf
from modules.network.spec import ByIds, ByTags


@dataclass(frozen=True)
class Found:
    """What was found."""

    vpc_id: str
    subnet_ids: Sequence[str]
    security_group_id: str


def find_existing(scope: Construct, lookup: ByIds | ByTags) -> Found:
    """Data sources for the VPC, its subnets and the models' security group."""
    vpc = _vpc(scope, lookup)
    ids = list(lookup.subnet_ids) if isinstance(lookup, ByIds) else _ids_by_tags(scope, lookup, vpc)
    subnets = [
        aws.data_aws_subnet.DataAwsSubnet(
            scope, f"subnet_{index}", id=subnet, lifecycle=_demand(f"self.vpc_id == {_of(vpc, 'id')}", "the subnet is in another VPC")
        )
        for index, subnet in enumerate(ids)
    ]
    group = _group(scope, lookup, vpc, subnets)
    return Found(vpc.id, [subnet.id for subnet in subnets], group.id)


def _vpc(scope: Construct, lookup: ByIds | ByTags) -> Any:
    found = {"id": lookup.vpc_id} if isinstance(lookup, ByIds) else {"tags": lookup.vpc_tags}
    return aws.data_aws_vpc.DataAwsVpc(
        scope, "vpc", lifecycle=_demand("self.enable_dns_support", "the VPC resolves no names (enable_dns_support)"), **found
    )


def _ids_by_tags(scope: Construct, lookup: ByTags, vpc: Any) -> list[str]:
    """Exactly `subnet_count` ids, sorted, so that each is one element that models and roles can name."""
    found = aws.data_aws_subnets.DataAwsSubnets(
        scope,
        "subnets",
        filter=[{"name": "vpc-id", "values": [vpc.id]}],
        tags=lookup.subnet_tags,
        lifecycle=_demand(
            f"length(self.ids) == {lookup.subnet_count}", f"the tags do not find subnet_count ({lookup.subnet_count}) subnets in the VPC"
        ),
    )
    return [f"${{sort({found.fqn}.ids)[{index}]}}" for index in range(lookup.subnet_count)]


def _group(scope: Construct, lookup: ByIds | ByTags, vpc: Any, subnets: Sequence[Any]) -> Any:
    """The security group, once the subnets are known to lie in two zones at least."""
    zones = ", ".join(_of(subnet, "availability_zone") for subnet in subnets)
    found = {"id": lookup.security_group_id} if isinstance(lookup, ByIds) else {"tags": lookup.security_group_tags}
    return aws.data_aws_security_group.DataAwsSecurityGroup(
        scope,
        "security_group",
        vpc_id=vpc.id,
        lifecycle=_demand(f"length(distinct([{zones}])) > 1", "all subnets lie in one zone; an outage there would stop models"),
        **found,
    )


def _demand(condition: str, message: str) -> Any:
    """A postcondition of a data source."""
    return cdktf.TerraformResourceLifecycle(
        postcondition=[cdktf.Postcondition(condition=f"${{{condition}}}", error_message=f"{message[0].upper()}{message[1:]}.")]
    )


def _of(data: Any, attribute: str) -> str:
    return f"{data.fqn}.{attribute}"
