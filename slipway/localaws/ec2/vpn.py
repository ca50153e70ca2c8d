"""Site-to-site VPN: the options of a connection, its static routes, and route tables that learn them. No tunnel is ever built."""

from __future__ import annotations

from typing import Any

from moto.core.responses import ActionResult, EmptyResult
from moto.ec2.models.vpn_connections import VPNConnection
from moto.ec2.responses.virtual_private_gateways import VirtualPrivateGateways
from moto.ec2.responses.vpn_connections import VPNConnections

from slipway.localaws.patches import adds, wraps

_RENAMED = {"IKEVersions": "IkeVersions", "DPDTimeoutSeconds": "DpdTimeoutSeconds", "DPDTimeoutAction": "DpdTimeoutAction"}
"""Members that the request spells differently from the answer."""


@wraps(VPNConnections, "create_vpn_connection", "moto drops the connection's options: the plan wants to replace it each time")
def create_vpn_connection(original: Any, self: Any) -> ActionResult:
    """Keep them, each tunnel with its address."""
    answer: ActionResult = original(self)
    connection, given = answer.result["VpnConnection"], self._get_param("Options", {})
    tunnels = [_tunnel(number, options) for number, options in enumerate(given.get("TunnelOptions") or [{}, {}])]
    static = str(given.get("StaticRoutesOnly", False)).lower() == "true"
    connection.options = {"StaticRoutesOnly": static, "TunnelInsideIpVersion": "ipv4", "TunnelOptions": tunnels}
    connection.routes = []
    return answer


def _tunnel(number: int, options: dict[str, Any]) -> dict[str, Any]:
    return {"OutsideIpAddress": f"203.0.113.{number + 1}", **{_RENAMED.get(name, name): value for name, value in options.items()}}


@wraps(VPNConnection, "get_filter_value", "moto does not find a connection by its routes, which is how the provider waits for one")
def get_filter_value(original: Any, self: Any, filter_name: str, method_name: str | None = None) -> Any:
    """Blocks of the routes, and the id by both of its names."""
    if filter_name == "route.destination-cidr-block":
        return [route["DestinationCidrBlock"] for route in self.routes]
    return self.id if filter_name == "vpn-connection-id" else original(self, filter_name, method_name)


@adds(VPNConnections, "moto has no routes of VPN connections")
def create_vpn_connection_route(self: Any) -> EmptyResult:
    """A network behind the customer's router."""
    connection = _connection(self)
    route = {"DestinationCidrBlock": self._get_param("DestinationCidrBlock"), "Source": "Static", "State": "available"}
    connection.routes = [*_other_routes(self, connection), route]
    return EmptyResult()


@adds(VPNConnections, "moto has no routes of VPN connections")
def delete_vpn_connection_route(self: Any) -> EmptyResult:
    """The network is not reached any more."""
    connection = _connection(self)
    connection.routes = _other_routes(self, connection)
    return EmptyResult()


def _connection(response: Any) -> Any:
    (found,) = response.ec2_backend.describe_vpn_connections([response._get_param("VpnConnectionId")])
    return found


def _other_routes(response: Any, connection: Any) -> list[dict[str, str]]:
    block = response._get_param("DestinationCidrBlock")
    return [route for route in connection.routes if route["DestinationCidrBlock"] != block]


@adds(VirtualPrivateGateways, "moto has no route propagation")
def enable_vgw_route_propagation(self: Any) -> EmptyResult:
    """The route table learns the gateway's routes."""
    _propagate(self, wanted=True)
    return EmptyResult()


@adds(VirtualPrivateGateways, "moto has no route propagation")
def disable_vgw_route_propagation(self: Any) -> EmptyResult:
    """It does not any more."""
    _propagate(self, wanted=False)
    return EmptyResult()


def _propagate(response: Any, *, wanted: bool) -> None:
    backend, gateway = response.ec2_backend, response._get_param("GatewayId")
    table = backend.get_route_table(response._get_param("RouteTableId"))
    backend.get_vpn_gateway(gateway)
    others = [item for item in getattr(table, "propagating_vgws", []) if item["GatewayId"] != gateway]
    table.propagating_vgws = [*others, {"GatewayId": gateway}] if wanted else others
