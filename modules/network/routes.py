"""Route tables, and the way out to the internet when there is one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from constructs import Construct

from modules._shared.naming import Naming
from modules._shared.provider import aws
from modules.network.spec import CreatedNetwork
from modules.network.subnets import LETTERS, public_subnets

_ANYWHERE = "0.0.0.0/0"


def private_routes(scope: Construct, naming: Naming, vpc: Any, subnets: Sequence[Any]) -> list[Any]:
    """One table for each private subnet, so that each zone can have its own NAT gateway."""
    return [_table(scope, naming, vpc, f"private_{LETTERS[index]}", [subnet]) for index, subnet in enumerate(subnets)]


def way_out(scope: Construct, naming: Naming, spec: CreatedNetwork, vpc: Any, tables: Sequence[Any]) -> None:
    """Internet gateway, public subnets and NAT gateways; nothing when `nat` is `none`."""
    if spec.nat == "none":
        return
    gateway = aws.internet_gateway.InternetGateway(scope, "internet_gateway", vpc_id=vpc.id, tags={"Name": naming.name("internet")})
    subnets = public_subnets(scope, naming, spec, vpc)
    public = _table(scope, naming, vpc, "public", subnets)
    aws.route.Route(scope, "public_route", route_table_id=public.id, destination_cidr_block=_ANYWHERE, gateway_id=gateway.id)
    nats = [_nat(scope, naming, LETTERS[index], subnet, gateway) for index, subnet in enumerate(subnets[: _count(spec)])]
    for index, table in enumerate(tables):
        aws.route.Route(
            scope,
            f"private_route_{LETTERS[index]}",
            route_table_id=table.id,
            destination_cidr_block=_ANYWHERE,
            nat_gateway_id=nats[index % len(nats)].id,
        )


def _count(spec: CreatedNetwork) -> int:
    return spec.zones if spec.nat == "per_az" else 1


def _nat(scope: Construct, naming: Naming, letter: str, subnet: Any, gateway: Any) -> Any:
    """A NAT gateway; AWS wants the internet gateway attached before it."""
    address = aws.eip.Eip(scope, f"nat_address_{letter}", domain="vpc", tags={"Name": naming.name("nat", letter)}, depends_on=[gateway])
    return aws.nat_gateway.NatGateway(
        scope,
        f"nat_{letter}",
        allocation_id=address.id,
        subnet_id=subnet.id,
        tags={"Name": naming.name("nat", letter)},
        depends_on=[gateway],
    )


def _table(scope: Construct, naming: Naming, vpc: Any, name: str, subnets: Sequence[Any]) -> Any:
    table = aws.route_table.RouteTable(scope, f"routes_{name}", vpc_id=vpc.id, tags={"Name": naming.name(name.replace("_", "-"))})
    for subnet in subnets:
        aws.route_table_association.RouteTableAssociation(
            scope, f"association_{subnet.node.id}", route_table_id=table.id, subnet_id=subnet.id
        )
    return table
