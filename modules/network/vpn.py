"""Site-to-site VPN: gateway at the VPC, gateway at home, two tunnels, and the routes between them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from constructs import Construct

from modules._shared.naming import Naming
from modules._shared.provider import aws
from modules.network.groups import label
from modules.network.spec import Vpn
from modules.network.subnets import LETTERS

_STRONG: dict[str, Any] = {
    "ike_versions": ["ikev2"],
    "phase1_encryption_algorithms": ["AES256", "AES256-GCM-16"],
    "phase2_encryption_algorithms": ["AES256", "AES256-GCM-16"],
    "phase1_integrity_algorithms": ["SHA2-256", "SHA2-384", "SHA2-512"],
    "phase2_integrity_algorithms": ["SHA2-256", "SHA2-384", "SHA2-512"],
    "phase1_dh_group_numbers": [14, 19, 20, 21],
    "phase2_dh_group_numbers": [14, 19, 20, 21],
}
"""What a tunnel accepts. AWS's default also takes IKEv1, SHA-1 and 1024-bit groups."""


def vpn_connection(scope: Construct, naming: Naming, spec: Vpn, vpc: Any, tables: Sequence[Any]) -> None:
    """The connection; every private route table learns its routes. AWS makes the tunnels' shared keys, which the state then holds."""
    gateway = aws.vpn_gateway.VpnGateway(
        scope, "vpn_gateway", vpc_id=vpc.id, amazon_side_asn=str(spec.amazon_side_asn), tags={"Name": naming.name("vpn")}
    )
    router = aws.customer_gateway.CustomerGateway(
        scope,
        "customer_gateway",
        type="ipsec.1",
        ip_address=spec.customer_gateway_ip,
        bgp_asn=str(spec.bgp_asn),
        tags={"Name": naming.name("router")},
    )
    tunnels = {f"tunnel{number}_{option}": value for number in (1, 2) for option, value in _STRONG.items()}
    connection = aws.vpn_connection.VpnConnection(
        scope,
        "vpn_connection",
        type="ipsec.1",
        vpn_gateway_id=gateway.id,
        customer_gateway_id=router.id,
        static_routes_only=bool(spec.static_routes),
        tags={"Name": naming.name("vpn")},
        **tunnels,
    )
    for cidr in spec.static_routes:
        aws.vpn_connection_route.VpnConnectionRoute(
            scope, f"vpn_route_{label(cidr)}", vpn_connection_id=connection.id, destination_cidr_block=cidr
        )
    for index, table in enumerate(tables):
        aws.vpn_gateway_route_propagation.VpnGatewayRoutePropagation(
            scope, f"vpn_propagation_{LETTERS[index]}", vpn_gateway_id=gateway.id, route_table_id=table.id
        )
