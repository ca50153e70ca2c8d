"""Endpoints by which the VPC reaches AWS services without the internet."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from constructs import Construct

from modules._shared.naming import Naming
from modules._shared.provider import aws
from modules.network.endpoint_policies import interface_policy, s3_policy
from modules.network.spec import CreatedNetwork


def s3_endpoint(scope: Construct, naming: Naming, spec: CreatedNetwork, vpc: Any, tables: Sequence[Any]) -> Any:
    """The gateway endpoint of S3 in every private route table; it costs nothing."""
    return aws.vpc_endpoint.VpcEndpoint(
        scope,
        "endpoint_s3",
        vpc_id=vpc.id,
        service_name=_service(naming, "s3"),
        vpc_endpoint_type="Gateway",
        route_table_ids=[table.id for table in tables],
        policy=s3_policy(naming, spec.s3_read_buckets),
        tags={"Name": naming.name("s3")},
    )


def interface_endpoints(scope: Construct, naming: Naming, spec: CreatedNetwork, vpc: Any, subnets: Sequence[Any], group: Any) -> None:
    """One interface endpoint for each service, in every private subnet."""
    if spec.interface_endpoints and naming.partition == "aws-cn":
        raise ValueError("interface endpoints have other names in China's regions: set interface_endpoints: [], or use kind: existing")
    for service in spec.interface_endpoints:
        aws.vpc_endpoint.VpcEndpoint(
            scope,
            f"endpoint_{service.replace('.', '_')}",
            vpc_id=vpc.id,
            service_name=_service(naming, service),
            vpc_endpoint_type="Interface",
            subnet_ids=[subnet.id for subnet in subnets],
            security_group_ids=[group.id],
            private_dns_enabled=spec.private_dns_enabled,
            policy=interface_policy(naming, service),
            tags={"Name": naming.name(service.replace(".", "-"))},
        )


def _service(naming: Naming, service: str) -> str:
    return f"com.amazonaws.{naming.region}.{service}"
