"""What deploying and planning the network stack calls: VPC, subnets, groups, endpoints, flow logs, VPN. Pure: loads no toolkit.

EC2 names what it makes by generated ids, so resources are recognized by the tags that every stack sets. Creating takes a right on the
new thing (by the tags of the request) and one on what it is made in (by the tags that has): two rows.
"""

from __future__ import annotations

from typing import Any

from modules._shared.naming import Naming
from modules.identity.access import Access, actions, prefix
from modules.identity.common_actions import CHANGE_LOG_GROUP, CHANGE_ROLE
from modules.identity.role_access import READ_ROLE

_READ = (
    "Addresses",
    "AddressesAttribute",
    "AvailabilityZones",
    "CustomerGateways",
    "FlowLogs",
    "InternetGateways",
    "NatGateways",
    "NetworkAcls",
    "NetworkInterfaces",
    "PrefixLists",
    "RouteTables",
    "SecurityGroupRules",
    "SecurityGroups",
    "Subnets",
    "VpcEndpoints",
    "Vpcs",
    "VpnConnections",
    "VpnGateways",
)
_CREATE = (
    "AllocateAddress",
    "AuthorizeSecurityGroupEgress",
    "AuthorizeSecurityGroupIngress",
    "CreateCustomerGateway",
    "CreateFlowLogs",
    "CreateInternetGateway",
    "CreateNatGateway",
    "CreateRouteTable",
    "CreateSecurityGroup",
    "CreateSubnet",
    "CreateVpc",
    "CreateVpcEndpoint",
    "CreateVpnConnection",
    "CreateVpnGateway",
)
_CHANGE = (
    "AssociateRouteTable",
    "AttachInternetGateway",
    "AttachVpnGateway",
    "CreateRoute",
    "CreateTags",
    "CreateVpnConnectionRoute",
    "DeleteCustomerGateway",
    "DeleteFlowLogs",
    "DeleteInternetGateway",
    "DeleteNatGateway",
    "DeleteRoute",
    "DeleteRouteTable",
    "DeleteSecurityGroup",
    "DeleteSubnet",
    "DeleteTags",
    "DeleteVpc",
    "DeleteVpcEndpoints",
    "DeleteVpnConnection",
    "DeleteVpnConnectionRoute",
    "DeleteVpnGateway",
    "DetachInternetGateway",
    "DetachVpnGateway",
    "DisableVgwRoutePropagation",
    "DisassociateAddress",
    "DisassociateRouteTable",
    "EnableVgwRoutePropagation",
    "ModifySecurityGroupRules",
    "ModifySubnetAttribute",
    "ModifyVpcAttribute",
    "ModifyVpcEndpoint",
    "ModifyVpnTunnelOptions",
    "ReleaseAddress",
    "ReplaceRoute",
    "ReplaceRouteTableAssociation",
    "RevokeSecurityGroupEgress",
    "RevokeSecurityGroupIngress",
)


def network(naming: Naming, flow_logs_boundary: str | None = None) -> list[Access]:
    """Rows of the network stack. With `flow_logs_boundary`, the role that writes flow logs cannot be made without it."""
    return [*_ec2(naming), *_flow_logs(naming, flow_logs_boundary)]


def _ec2(naming: Naming) -> list[Access]:
    anything = (naming.arn("ec2", "*/*"),)
    tagged, requested = _tags(naming, "ResourceTag"), _tags(naming, "RequestTag")
    # What somebody else's tags protect must not become ours by tagging it.
    untagged = {"aws:ResourceTag/project": "true", "aws:ResourceTag/environment": "true"}
    zones = (naming.arn("route53", "hostedzone/*", region=False, account=False),)
    return [
        Access("Network", ("*",), plan=actions("ec2", *(f"Describe{kind}" for kind in _READ))),
        Access("NetworkVpcs", (naming.arn("ec2", "vpc/*"),), plan=actions("ec2", "DescribeVpcAttribute")),
        Access("NetworkNew", anything, deploy=actions("ec2", *_CREATE), condition={"StringEquals": requested}),
        Access("NetworkTags", anything, deploy=actions("ec2", "CreateTags"), condition={"StringEquals": requested, "Null": untagged}),
        Access("NetworkParts", anything, deploy=actions("ec2", *_CREATE, *_CHANGE), condition={"StringEquals": tagged}),
        Access("NetworkPrivateDns", zones, deploy=actions("route53", "AssociateVPCWithHostedZone")),
    ]


def _flow_logs(naming: Naming, boundary: str | None) -> list[Access]:
    """The role that writes flow logs, passed to that service alone, and their log group."""
    name = f"{prefix(naming)}flow-logs"
    role = (naming.arn("iam", f"role/{name}", region=False),)
    group = naming.arn("logs", f"log-group:/aws/vpc/{name}")
    bounded: dict[str, Any] = {"StringEquals": {"iam:PermissionsBoundary": boundary}} if boundary else {}
    # Only a role that was made before the boundary was demanded needs it put on.
    guarded = ("CreateRole", "DeleteRolePolicy", "PutRolePolicy", *(("PutRolePermissionsBoundary",) if boundary else ()))
    service = {"StringEquals": {"iam:PassedToService": "vpc-flow-logs.amazonaws.com"}}
    return [
        Access("FlowLogRole", role, plan=READ_ROLE, deploy=actions("iam", *CHANGE_ROLE)),
        Access("FlowLogPolicy", role, deploy=actions("iam", *guarded), condition=bounded),
        Access("PassFlowLogRole", role, deploy=actions("iam", "PassRole"), condition=service),
        Access("FlowLogs", (group, f"{group}:*"), plan=actions("logs", "ListTagsForResource"), deploy=actions("logs", *CHANGE_LOG_GROUP)),
    ]


def _tags(naming: Naming, kind: str) -> dict[str, str]:
    return {f"aws:{kind}/project": naming.project, f"aws:{kind}/environment": naming.environment}
