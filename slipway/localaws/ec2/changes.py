"""EC2: descriptions of security group rules, refusals of what is still in use, interfaces of gateways and endpoints."""

from __future__ import annotations

from typing import Any

from moto.ec2.exceptions import DependencyViolationError
from moto.ec2.models import EC2Backend
from moto.ec2.models.nat_gateways import NatGateway
from moto.ec2.models.security_groups import SecurityGroupRule

from slipway.localaws.ec2.interfaces import settle
from slipway.localaws.patches import wraps

_USED = "moto deletes what others still use; AWS refuses, and Terraform asks again until it is free"


@wraps(SecurityGroupRule, "__init__", "moto loses the description of a rule that names a group or a prefix list: the plan is never empty")
def keep_description(original: Any, self: Any, *args: Any, **kwargs: Any) -> None:
    """Keep it apart from the group pair, which moto compares to tell rules from each other."""
    original(self, *args, **kwargs)
    prefix_list = kwargs.get("prefix_list_id") or (args[7] if len(args) > 7 else None) or {}
    self.stated_description = self.source_group.get("Description") or prefix_list.get("Description")
    self.source_group = {key: value for key, value in self.source_group.items() if key != "Description"}


@wraps(SecurityGroupRule, "description", "moto knows the description of address ranges only")
def description(original: Any, self: Any) -> str | None:
    """What ModifySecurityGroupRules set last (moto keeps that with the range), or what the rule began with."""
    found: str | None = original(self) or self.stated_description
    return found


@wraps(EC2Backend, "delete_security_group", _USED)
def delete_security_group(original: Any, self: Any, name: str | None = None, group_id: str | None = None) -> None:
    """Refused while an interface has the group, or a rule of another group names it."""
    settle(self)
    wanted = group_id or getattr(self.get_security_group_by_name_or_id(name), "id", None)
    held = any(group.id == wanted for eni in self.enis.values() for group in eni.group_set)
    if held or any(_names(group, wanted) for groups in self.groups.values() for group in groups.values() if group.id != wanted):
        raise DependencyViolationError(f"resource {wanted} has a dependent object")
    original(self, name=name, group_id=group_id)


def _names(group: Any, wanted: str | None) -> bool:
    return any(rule.source_group.get("GroupId") == wanted for rule in (*group.ingress_rules, *group.egress_rules))


@wraps(EC2Backend, "delete_subnet", _USED)
def delete_subnet(original: Any, self: Any, subnet_id: str) -> Any:
    """Refused while an interface is in the subnet."""
    settle(self)
    if any(eni.subnet.id == subnet_id for eni in self.enis.values()):
        raise DependencyViolationError(f"The subnet '{subnet_id}' has dependencies and cannot be deleted.")
    return original(self, subnet_id)


@wraps(EC2Backend, "get_all_network_interfaces", "interfaces of deleted endpoints go after a while")
def get_all_network_interfaces(original: Any, self: Any, eni_ids: Any = None, filters: Any = None) -> Any:
    """Those that are there now."""
    settle(self)
    return original(self, eni_ids, filters)


@wraps(EC2Backend, "create_vpc_endpoint", "moto's interfaces of an endpoint have the default security group and no type")
def create_vpc_endpoint(original: Any, self: Any, *args: Any, **kwargs: Any) -> Any:
    """Its interfaces have its security groups and say whose they are."""
    endpoint = original(self, *args, **kwargs)
    for eni_id in endpoint.network_interface_ids or ():
        eni = self.enis[eni_id]
        _managed(eni, "vpc_endpoint", f"VPC Endpoint Interface {endpoint.id}")
        eni._group_set = [self.get_security_group_from_id(group) for group in endpoint.security_group_ids or ()]
    return endpoint


@wraps(EC2Backend, "create_nat_gateway", "moto's interface of a NAT gateway has the default security group and no type")
def create_nat_gateway(original: Any, self: Any, *args: Any, **kwargs: Any) -> NatGateway:
    """Its interface has no security group and says whose it is."""
    gateway: NatGateway = original(self, *args, **kwargs)
    _managed(gateway._eni, "nat_gateway", f"Interface for NAT Gateway {gateway.id}")
    gateway._eni._group_set = []
    return gateway


@wraps(EC2Backend, "delete_nat_gateway", "moto keeps the interface of a deleted NAT gateway")
def delete_nat_gateway(original: Any, self: Any, nat_gateway_id: str) -> NatGateway:
    """The interface goes with it, and lets go of its address."""
    gateway: NatGateway = original(self, nat_gateway_id)
    self.enis.pop(gateway._eni.id, None)
    for address in self.addresses:
        if address.eni is gateway._eni:
            address.eni = address.association_id = None
    return gateway


def _managed(eni: Any, kind: str, text: str) -> None:
    eni.interface_type, eni.description, eni.requester_managed, eni.status = kind, text, True, "in-use"
