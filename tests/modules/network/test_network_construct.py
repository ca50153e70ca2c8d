"""Every option of a network reaches the Terraform JSON at a value that is not its default, and the rest of it is closed."""

from __future__ import annotations

import json
from typing import Any

import pytest
from pydantic import TypeAdapter

from modules._shared.naming import Naming
from modules._shared.outputs import export
from modules.network import example
from modules.network.construct import Network, NetworkRefs
from modules.network.spec import ByIds, ByTags, CreatedNetwork, ExistingNetwork, NetworkSpec
from tests.modules.network.test_network_spec import EGRESS, IDS, TAGS, VPN, created
from tests.modules.policy_documents import as_list, assert_exact_actions, statements
from tests.modules.support import all_options, at, is_changed, resource, resources, synth, untested

NAMING = Naming("slipway", "test", "111111111111", "eu-west-1")
KEY = "arn:aws:kms:eu-west-1:111111111111:key/1"
BOUNDARY = "arn:aws:iam::111111111111:policy/limit"
WITH_VPN = created(
    vpn={**VPN, "bgp_asn": 65010, "amazon_side_asn": 64600, "static_routes": ["192.168.0.0/16"]}, egress=[{**EGRESS, "port": 5432}]
)


def build(stack: Any, options: dict[str, Any], naming: Naming = NAMING) -> Network:
    spec = TypeAdapter(NetworkSpec).validate_python(options)
    network = Network(stack, "network", naming=naming, spec=spec, refs=NetworkRefs(flow_logs_kms_key_arn=KEY))
    export(stack, "network", network.outputs)
    return network


def made(options: dict[str, Any]) -> dict[str, Any]:
    return synth(lambda stack: build(stack, options))


# Option -> (options, resource type, construct path, path in the body, what must stand there)
CASES: dict[str, tuple[dict[str, Any], str, str, str, Any]] = {
    "CreatedNetwork.cidr": (created(cidr="10.9.0.0/16"), "aws_vpc", "", "cidr_block", "10.9.0.0/16"),
    "CreatedNetwork.zone_count": (created(zone_count=3), "aws_subnet", "network/private_c", "cidr_block", "10.0.128.0/18"),
    "CreatedNetwork.availability_zones": (
        created(availability_zones=["eu-west-1b", "eu-west-1c"]), "aws_subnet", "network/private_b", "availability_zone", "eu-west-1c",
    ),
    "CreatedNetwork.private_subnets": (
        created(private_subnets=["10.0.2.0/24", "10.0.1.0/24"]), "aws_subnet", "network/private_a", "cidr_block", "10.0.2.0/24",
    ),
    "CreatedNetwork.nat": (created(nat="one"), "aws_nat_gateway", "", "tags.Name", "slipway-test-nat-a"),
    "CreatedNetwork.public_subnets": (
        created(nat="one", public_subnets=["10.0.200.0/24", "10.0.201.0/24"]), "aws_subnet", "network/public_b", "cidr_block", "10.0.201.0/24",
    ),
    "CreatedNetwork.interface_endpoints": (
        created(interface_endpoints=["sts"]), "aws_vpc_endpoint", "network/endpoint_sts", "service_name", "com.amazonaws.eu-west-1.sts",
    ),
    "CreatedNetwork.private_dns_enabled": (
        created(private_dns_enabled=False), "aws_vpc_endpoint", "network/endpoint_logs", "private_dns_enabled", False,
    ),
    "CreatedNetwork.endpoint_client_cidrs": (
        created(endpoint_client_cidrs=["192.168.1.0/24"]),
        "aws_vpc_security_group_ingress_rule", "network/endpoints_from_192_168_1_0_24", "cidr_ipv4", "192.168.1.0/24",
    ),
    "Egress.cidr": (WITH_VPN, "aws_vpc_security_group_egress_rule", "network/models_to_192", "cidr_ipv4", "192.168.0.0/16"),
    "Egress.port": (WITH_VPN, "aws_vpc_security_group_egress_rule", "network/models_to_192", "to_port", 5432),
    "Egress.description": (WITH_VPN, "aws_vpc_security_group_egress_rule", "network/models_to_192", "description", "feature store"),
    "Vpn.customer_gateway_ip": (WITH_VPN, "aws_customer_gateway", "", "ip_address", "8.8.8.8"),
    "Vpn.bgp_asn": (WITH_VPN, "aws_customer_gateway", "", "bgp_asn", "65010"),
    "Vpn.amazon_side_asn": (WITH_VPN, "aws_vpn_gateway", "", "amazon_side_asn", "64600"),
    "Vpn.static_routes": (WITH_VPN, "aws_vpn_connection_route", "", "destination_cidr_block", "192.168.0.0/16"),
    "FlowLogs.traffic_type": (created(flow_logs={"traffic_type": "REJECT"}), "aws_flow_log", "", "traffic_type", "REJECT"),
    "FlowLogs.max_aggregation_interval": (
        created(flow_logs={"max_aggregation_interval": 60}), "aws_flow_log", "", "max_aggregation_interval", 60,
    ),
    "FlowLogs.retention_in_days": (
        created(flow_logs={"retention_in_days": 731}), "aws_cloudwatch_log_group", "", "retention_in_days", 731,
    ),
    "FlowLogs.permissions_boundary": (
        created(flow_logs={"permissions_boundary": BOUNDARY}), "aws_iam_role", "", "permissions_boundary", BOUNDARY,
    ),
}  # fmt: skip
ELSEWHERE = {
    "CreatedNetwork.kind", "CreatedNetwork.egress", "CreatedNetwork.vpn", "CreatedNetwork.flow_logs", "CreatedNetwork.s3_read_buckets",
    *(f"{kind.__name__}.{option}" for kind in (ByIds, ByTags, ExistingNetwork) for option in kind.model_fields),
}  # fmt: skip
"""Options that only hold others, and those of the tests further down."""


@pytest.mark.parametrize("option", CASES)
def test_option_reaches_the_resource(option: str) -> None:
    options, kind, path, where, expected = CASES[option]
    assert at(resource(made(options), kind, path), where) == expected


def test_every_option_has_a_case() -> None:
    assert untested(all_options(CreatedNetwork, ExistingNetwork), {*CASES, *ELSEWHERE}) == []
    specs = {option: TypeAdapter(NetworkSpec).validate_python(case[0]) for option, case in CASES.items()}
    assert [option for option, spec in specs.items() if not is_changed(spec, option)] == []


def test_as_it_comes_there_is_no_way_out() -> None:
    document = made(created())
    kinds = set(document["resource"])
    assert not {"aws_internet_gateway", "aws_nat_gateway", "aws_eip", "aws_route", "aws_vpn_gateway"} & kinds
    assert all(subnet["map_public_ip_on_launch"] is False for subnet in resources(document, "aws_subnet"))
    assert len(resources(document, "aws_vpc_endpoint")) == 9
    (default,) = resources(document, "aws_default_security_group")
    assert "ingress" not in default and "egress" not in default


def test_models_reach_the_endpoints_and_s3_and_nothing_else() -> None:
    document = made(created())
    models, endpoints = (
        next(n for n in document["resource"]["aws_security_group"] if f"_{what}_" in n) for what in ("models", "endpoints")
    )
    rules = resources(document, "aws_vpc_security_group_egress_rule")
    assert {rule["security_group_id"] for rule in rules} == {f"${{aws_security_group.{models}.id}}"}
    assert {(rule["ip_protocol"], rule["from_port"], rule["to_port"]) for rule in rules} == {("tcp", 443, 443)}
    (s3,) = [name for name in document["resource"]["aws_vpc_endpoint"] if "s3" in name]
    targets = {rule.get("referenced_security_group_id") or rule.get("prefix_list_id") for rule in rules}
    assert targets == {f"${{aws_security_group.{endpoints}.id}}", f"${{aws_vpc_endpoint.{s3}.prefix_list_id}}"}
    (ingress,) = resources(document, "aws_vpc_security_group_ingress_rule")
    assert ingress["security_group_id"] == f"${{aws_security_group.{endpoints}.id}}"
    assert ingress["referenced_security_group_id"] == f"${{aws_security_group.{models}.id}}"


@pytest.mark.parametrize(("nat", "gateways"), [("one", 1), ("per_az", 3)])
def test_nat_gateways_stand_in_public_subnets_and_every_zone_has_a_way_out(nat: str, gateways: int) -> None:
    document = made(created(nat=nat, zone_count=3))
    assert len(resources(document, "aws_nat_gateway")) == len(resources(document, "aws_eip")) == gateways
    assert all("aws_subnet.network_public_" in item["subnet_id"] for item in resources(document, "aws_nat_gateway"))
    private = [route for route in resources(document, "aws_route") if "nat_gateway_id" in route]
    assert len({route["route_table_id"] for route in private}) == 3
    assert len({route["nat_gateway_id"] for route in private}) == gateways
    (public,) = [route for route in resources(document, "aws_route") if "gateway_id" in route]
    tables = {item["subnet_id"]: item["route_table_id"] for item in resources(document, "aws_route_table_association")}
    assert {table for subnet, table in tables.items() if "public" in subnet} == {public["route_table_id"]}
    assert public["route_table_id"] not in {table for subnet, table in tables.items() if "private" in subnet}


def test_every_table_learns_the_vpns_routes_and_tunnels_are_strong() -> None:
    document = made(WITH_VPN)
    assert len({item["route_table_id"] for item in resources(document, "aws_vpn_gateway_route_propagation")}) == 2
    (connection,) = resources(document, "aws_vpn_connection")
    assert connection["static_routes_only"] is True
    for number in (1, 2):
        assert connection[f"tunnel{number}_ike_versions"] == ["ikev2"]
        assert not {2, 5} & set(
            connection[f"tunnel{number}_phase1_dh_group_numbers"] + connection[f"tunnel{number}_phase2_dh_group_numbers"]
        )
        assert not [item for phase in (1, 2) for item in connection[f"tunnel{number}_phase{phase}_integrity_algorithms"] if item == "SHA1"]
    (plain,) = resources(made(created(vpn=VPN)), "aws_vpn_connection")
    assert plain["static_routes_only"] is False


def test_endpoint_policies_name_actions_and_the_account() -> None:
    document = made(created(s3_read_buckets=["arn:aws:s3:::weights-of-others"]))
    for endpoint in resources(document, "aws_vpc_endpoint"):
        found = statements(endpoint["policy"])
        assert_exact_actions(found.values())
        for sid, item in found.items():
            mine = item.get("Condition", {}).get("StringEquals", {}).get("aws:PrincipalAccount") == "111111111111"
            assert mine or as_list(item["Resource"]) == ["arn:aws:s3:::prod-eu-west-1-starport-layer-bucket/*"], (
                endpoint["service_name"],
                sid,
            )
    s3 = statements(resource(document, "aws_vpc_endpoint", "network/endpoint_s3")["policy"])
    assert s3["BucketsOfTheAccount"]["Condition"]["StringEquals"]["aws:ResourceAccount"] == "111111111111"
    assert s3["FurtherBuckets"]["Resource"] == ["arn:aws:s3:::weights-of-others", "arn:aws:s3:::weights-of-others/*"]
    assert not [action for action in s3["FurtherBuckets"]["Action"] if "Put" in action]


def test_flow_logs_are_encrypted_and_their_role_can_do_nothing_else() -> None:
    document = made(created())
    (group,), (log,), (role,), (policy,) = (
        resources(document, kind) for kind in ("aws_cloudwatch_log_group", "aws_flow_log", "aws_iam_role", "aws_iam_role_policy")
    )
    assert (group["name"], group["kms_key_id"]) == ("/aws/vpc/slipway-test-flow-logs", KEY)
    assert log["log_destination"].startswith("${aws_cloudwatch_log_group.") and log["depends_on"]
    trust = statements(role["assume_role_policy"])["FlowLogs"]
    assert trust["Principal"] == {"Service": "vpc-flow-logs.amazonaws.com"}
    assert trust["Condition"]["StringEquals"] == {"aws:SourceAccount": "111111111111"}
    found = statements(policy["policy"])
    assert_exact_actions(found.values())
    assert found["Write"]["Resource"][0] == "arn:aws:logs:eu-west-1:111111111111:log-group:/aws/vpc/slipway-test-flow-logs"
    assert found["Find"]["Action"] == ["logs:DescribeLogGroups"]


def test_what_a_lingering_interface_holds_is_asked_for_longer() -> None:
    document = made(created())
    holders = [*resources(document, "aws_security_group"), *resources(document, "aws_subnet")]
    assert {item["timeouts"]["delete"] for item in holders} == {"30m"}


def test_an_existing_network_by_ids_is_only_read() -> None:
    document = made({"kind": "existing", "lookup": IDS})
    assert "resource" not in document
    data = document["data"]
    assert [item["id"] for item in data["aws_vpc"].values()] == ["vpc-0a1b2c3d"]
    assert [item["id"] for item in data["aws_subnet"].values()] == IDS["subnet_ids"]
    (group,) = data["aws_security_group"].values()
    assert group["id"] == "sg-0a1b2c3d"
    (zones,) = group["lifecycle"]["postcondition"]
    assert zones["condition"].startswith("${length(distinct([data.aws_subnet.") and zones["condition"].endswith("])) > 1}")
    assert "network_endpoint_security_group_id" not in document["output"]


def test_an_existing_network_by_tags_must_find_the_subnets_it_says() -> None:
    document = made({"kind": "existing", "lookup": TAGS})
    assert "resource" not in document
    data = document["data"]
    (vpc,), (subnets,), (group,) = (list(data[kind].values()) for kind in ("aws_vpc", "aws_subnets", "aws_security_group"))
    assert (vpc["tags"], subnets["tags"], group["tags"]) == ({"Name": "shared"}, {"tier": "private"}, {"for": "models"})
    assert subnets["lifecycle"]["postcondition"][0]["condition"] == "${length(self.ids) == 3}"
    assert len(data["aws_subnet"]) == len(document["output"]["network_private_subnet_ids"]["value"]) == 3
    assert all(item["id"].startswith("${sort(data.aws_subnets.") for item in data["aws_subnet"].values())


def test_zones_without_names_are_those_that_every_account_has() -> None:
    document = made(created(nat="one"))
    (zones,) = document["data"]["aws_availability_zones"].values()
    letters = [f"eu-west-1{letter}" for letter in "abcdef"]
    assert zones["filter"] == [{"name": "opt-in-status", "values": ["opt-in-not-required"]}, {"name": "zone-name", "values": letters}]
    found = {subnet["availability_zone"] for subnet in resources(document, "aws_subnet")}
    assert len(found) == 2 and all(zone.startswith("${data.aws_availability_zones.") for zone in found)
    assert "data" not in made(created(availability_zones=["eu-west-1a", "eu-west-1b"]))


def test_what_a_construct_refuses() -> None:
    spec = CreatedNetwork(kind="create")
    with pytest.raises(Exception, match="needs refs.flow_logs_kms_key_arn"):
        synth(lambda stack: Network(stack, "network", naming=NAMING, spec=spec, refs=NetworkRefs()))
    china = Naming("slipway", "test", "111111111111", "cn-north-1")
    with pytest.raises(Exception, match="other names in China"):
        synth(lambda stack: build(stack, created(), china))
    closed = synth(lambda stack: build(stack, created(interface_endpoints=[]), china))
    assert "arn:aws-cn:s3:::prod-cn-north-1-starport" in json.dumps(closed)


def test_example_exports_the_network() -> None:
    document = synth(example.build)
    assert set(document["output"]) == {
        "network_vpc_id", "network_private_subnet_ids", "network_model_security_group_id", "network_endpoint_security_group_id",
    }  # fmt: skip
