"""What is left of networks. An account's default VPC and all in it, which AWS makes by itself, do not count."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from slipway.localaws.ec2.interfaces import settle


def _own(backend: Any) -> set[str]:
    """Ids of the VPCs that somebody made."""
    return {vpc.id for vpc in backend.vpcs.values() if vpc.is_default not in (True, "true")}


def _in_own(backend: Any, items: Any) -> int:
    own = _own(backend)
    return sum(item.vpc_id in own for item in items)


def _interfaces(backend: Any) -> int:
    settle(backend)
    return _in_own(backend, backend.enis.values())


def _standing(items: Any) -> int:
    """Moto keeps what was deleted, and says so."""
    return sum(item.state not in ("deleted", "deleting") for item in items.values())


COUNTERS: dict[str, Callable[[Any], int]] = {
    "vpcs": lambda b: len(_own(b)),
    "subnets": lambda b: _in_own(b, (subnet for zone in b.subnets.values() for subnet in zone.values())),
    "security_groups": lambda b: _in_own(b, (group for groups in b.groups.values() for group in groups.values())),
    "network_interfaces": _interfaces,
    "route_tables": lambda b: _in_own(b, b.route_tables.values()),
    "internet_gateways": lambda b: sum(not gateway.vpc or gateway.vpc.id in _own(b) for gateway in b.internet_gateways.values()),
    "nat_gateways": lambda b: _standing(b.nat_gateways),
    "addresses": lambda b: len(b.addresses),
    "vpc_endpoints": lambda b: _standing(b.vpc_end_points),
    "flow_logs": lambda b: len(b.flow_logs),
    "vpn_gateways": lambda b: _standing(b.vpn_gateways),
    "customer_gateways": lambda b: _standing(b.customer_gateways),
    "vpn_connections": lambda b: _standing(b.vpn_connections),
}
"""What -> how many, for one account and region."""
