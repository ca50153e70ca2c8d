"""The change of the network's example: an endpoint less, a NAT gateway in each zone, a VPN, and what models may reach over both."""

from __future__ import annotations

OPENED = (
    'nat="per_az", endpoint_client_cidrs=("192.168.0.0/16",), '
    'vpn={"customer_gateway_ip": "8.8.8.8", "static_routes": ("192.168.0.0/16",)}, '
    'egress=({"cidr": "192.168.7.0/24", "port": 5432, "description": "feature store"},)'
)
EXPECTED = {
    ("aws_vpc_endpoint", "delete"): 1,
    ("aws_internet_gateway", "create"): 1,
    ("aws_subnet", "create"): 2,
    ("aws_eip", "create"): 2,
    ("aws_nat_gateway", "create"): 2,
    ("aws_route_table", "create"): 1,
    ("aws_route_table_association", "create"): 2,
    ("aws_route", "create"): 3,
    ("aws_vpn_gateway", "create"): 1,
    ("aws_customer_gateway", "create"): 1,
    ("aws_vpn_connection", "create"): 1,
    ("aws_vpn_connection_route", "create"): 1,
    ("aws_vpn_gateway_route_propagation", "create"): 2,
    ("aws_vpc_security_group_egress_rule", "create"): 1,
    ("aws_vpc_security_group_ingress_rule", "create"): 1,
}
