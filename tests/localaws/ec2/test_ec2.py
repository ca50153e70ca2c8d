"""What the local AWS changes in moto's EC2: rule descriptions, refusals, managed interfaces, VPN."""

from __future__ import annotations

import json
import urllib.request
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from tests.localaws.networks import Vpc, vpc


@pytest.fixture
def ec2(client: Any) -> Any:
    return client("ec2")


@pytest.fixture
def made(ec2: Any) -> Vpc:
    return vpc(ec2)


def permission(**to: Any) -> dict[str, Any]:
    return {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, **to}


@pytest.mark.parametrize("direction", ["ingress", "egress"])
def test_descriptions_of_rules_that_name_a_group_or_a_prefix_list(ec2: Any, made: Vpc, direction: str) -> None:
    authorize = getattr(ec2, f"authorize_security_group_{direction}")
    (prefix_list,) = ec2.describe_managed_prefix_lists(Filters=[{"Name": "prefix-list-name", "Values": ["com.amazonaws.eu-west-1.s3"]}])[
        "PrefixLists"
    ]
    targets = {
        "group": {"UserIdGroupPairs": [{"GroupId": made.other, "Description": "by group"}]},
        "list": {"PrefixListIds": [{"PrefixListId": prefix_list["PrefixListId"], "Description": "by list"}]},
        "block": {"IpRanges": [{"CidrIp": "10.0.0.0/8", "Description": "by block"}]},
    }
    for to in targets.values():
        authorize(GroupId=made.group, IpPermissions=[permission(**to)])
    rules = ec2.describe_security_group_rules(Filters=[{"Name": "group-id", "Values": [made.group]}])["SecurityGroupRules"]
    found = {rule.get("Description"): rule for rule in rules if rule["IsEgress"] == (direction == "egress")}
    assert {"by group", "by list", "by block"} <= set(found)
    with pytest.raises(ClientError, match="InvalidPermission.Duplicate"):
        authorize(GroupId=made.group, IpPermissions=[permission(UserIdGroupPairs=[{"GroupId": made.other, "Description": "again"}])])
    rule = {"ReferencedGroupId": made.other, "IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "Description": "changed"}
    ec2.modify_security_group_rules(
        GroupId=made.group,
        SecurityGroupRules=[{"SecurityGroupRuleId": found["by group"]["SecurityGroupRuleId"], "SecurityGroupRule": rule}],
    )
    rules = ec2.describe_security_group_rules(SecurityGroupRuleIds=[found["by group"]["SecurityGroupRuleId"]])["SecurityGroupRules"]
    assert [item["Description"] for item in rules] == ["changed"]


def test_what_others_still_use_cannot_be_deleted(ec2: Any, made: Vpc) -> None:
    eni = ec2.create_network_interface(SubnetId=made.subnets[0], Groups=[made.group])["NetworkInterface"]["NetworkInterfaceId"]
    with pytest.raises(ClientError, match=f"resource {made.group} has a dependent object"):
        ec2.delete_security_group(GroupId=made.group)
    with pytest.raises(ClientError, match="has dependencies and cannot be deleted"):
        ec2.delete_subnet(SubnetId=made.subnets[0])
    ec2.delete_network_interface(NetworkInterfaceId=eni)
    ec2.authorize_security_group_ingress(GroupId=made.other, IpPermissions=[permission(UserIdGroupPairs=[{"GroupId": made.group}])])
    with pytest.raises(ClientError, match="DependencyViolation"):
        ec2.delete_security_group(GroupId=made.group)
    ec2.delete_security_group(GroupId=made.other)
    ec2.delete_security_group(GroupId=made.group)
    ec2.delete_subnet(SubnetId=made.subnets[0])


def test_interfaces_of_endpoints_and_gateways_say_whose_they_are_and_go_with_them(url: str) -> None:
    # Not the strict client: AWS answers `available`, where its own model has `Available`.
    ec2 = boto3.client("ec2", endpoint_url=url, region_name="eu-west-1", aws_access_key_id="111111111111", aws_secret_access_key="local")
    made = vpc(ec2)
    endpoint = ec2.create_vpc_endpoint(
        VpcId=made.id,
        ServiceName="com.amazonaws.eu-west-1.logs",
        VpcEndpointType="Interface",
        SubnetIds=made.subnets,
        SecurityGroupIds=[made.group],
    )["VpcEndpoint"]["VpcEndpointId"]
    address = ec2.allocate_address(Domain="vpc")["AllocationId"]
    gateway = ec2.create_nat_gateway(SubnetId=made.subnets[0], AllocationId=address)["NatGateway"]["NatGatewayId"]
    found = ec2.describe_network_interfaces(Filters=[{"Name": "vpc-id", "Values": [made.id]}])["NetworkInterfaces"]
    assert sorted(item["InterfaceType"] for item in found) == ["nat_gateway", "vpc_endpoint", "vpc_endpoint"]
    groups = {group["GroupId"] for item in found for group in item["Groups"]}
    assert groups == {made.group}
    ec2.delete_vpc_endpoints(VpcEndpointIds=[endpoint])
    ec2.delete_nat_gateway(NatGatewayId=gateway)
    assert ec2.describe_network_interfaces()["NetworkInterfaces"] == []
    (free,) = ec2.describe_addresses(AllocationIds=[address])["Addresses"]
    assert "AssociationId" not in free
    ec2.release_address(AllocationId=address)


def test_a_vpn_keeps_its_options_and_routes(ec2: Any, made: Vpc) -> None:
    gateway = ec2.create_vpn_gateway(Type="ipsec.1")["VpnGateway"]["VpnGatewayId"]
    router = ec2.create_customer_gateway(Type="ipsec.1", BgpAsn=65000, IpAddress="8.8.8.8")["CustomerGateway"]["CustomerGatewayId"]
    tunnel = {"IKEVersions": [{"Value": "ikev2"}], "Phase1DHGroupNumbers": [{"Value": 20}]}
    options = {"StaticRoutesOnly": True, "TunnelOptions": [tunnel, tunnel]}
    made_connection = ec2.create_vpn_connection(Type="ipsec.1", VpnGatewayId=gateway, CustomerGatewayId=router, Options=options)
    connection = made_connection["VpnConnection"]["VpnConnectionId"]
    for block in ("192.168.0.0/16", "192.168.0.0/16", "172.30.0.0/16"):
        ec2.create_vpn_connection_route(VpnConnectionId=connection, DestinationCidrBlock=block)
    ec2.delete_vpn_connection_route(VpnConnectionId=connection, DestinationCidrBlock="172.30.0.0/16")
    (found,) = ec2.describe_vpn_connections(VpnConnectionIds=[connection])["VpnConnections"]
    assert found["Options"]["StaticRoutesOnly"] is True
    assert [item["IkeVersions"] for item in found["Options"]["TunnelOptions"]] == [[{"Value": "ikev2"}]] * 2
    assert [route["DestinationCidrBlock"] for route in found["Routes"]] == ["192.168.0.0/16"]
    by_route = [
        {"Name": "route.destination-cidr-block", "Values": ["192.168.0.0/16"]},
        {"Name": "vpn-connection-id", "Values": [connection]},
    ]
    assert len(ec2.describe_vpn_connections(Filters=by_route)["VpnConnections"]) == 1
    table = ec2.create_route_table(VpcId=made.id)["RouteTable"]["RouteTableId"]
    ec2.enable_vgw_route_propagation(GatewayId=gateway, RouteTableId=table)
    assert propagating(ec2, table) == [gateway]
    ec2.disable_vgw_route_propagation(GatewayId=gateway, RouteTableId=table)
    assert propagating(ec2, table) == []


def propagating(ec2: Any, table: str) -> list[str]:
    (found,) = ec2.describe_route_tables(RouteTableIds=[table])["RouteTables"]
    return [item["GatewayId"] for item in found["PropagatingVgws"]]


def test_what_an_account_has_by_itself_does_not_count(url: str, ec2: Any) -> None:
    ec2.describe_vpcs()
    assert not any(left(url).values())
    network = vpc(ec2)
    ec2.create_network_interface(SubnetId=network.subnets[0], Groups=[network.group])
    ec2.allocate_address(Domain="vpc")
    counts = {"vpcs": 1, "subnets": 2, "security_groups": 3, "network_interfaces": 1, "route_tables": 1, "addresses": 1}
    assert {what: count for what, count in left(url).items() if count} == counts


def left(url: str) -> dict[str, int]:
    with urllib.request.urlopen(f"{url}/_slipway/inventory?account=111111111111") as response:
        found: dict[str, int] = json.load(response)["accounts"]["111111111111"]["services"]["ec2"]
    return found
