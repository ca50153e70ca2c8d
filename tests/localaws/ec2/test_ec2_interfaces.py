"""Network interfaces of models in a VPC: made with the endpoint, and gone some time after it."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest
from botocore.exceptions import ClientError

from slipway.localaws.ec2 import interfaces as ec2_interfaces
from tests.localaws.networks import Vpc, let_time_pass, vpc
from tests.localaws.sagemaker_requests import config, settle, variant

ROLE = "models"
TRUST = json.dumps({"Version": "2012-10-17", "Statement": []})


@pytest.fixture
def network(client: Any) -> Vpc:
    return vpc(client("ec2"))


@pytest.fixture
def serve(client: Any, network: Vpc, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Serve a model in the network; its interfaces linger for `lingers` real seconds."""
    monkeypatch.setenv("SLIPWAY_LOCAL_CHECKS", "off")

    def begin(lingers: float = 0.0, role: str = f"arn:aws:iam::111111111111:role/{ROLE}", **options: Any) -> Any:
        monkeypatch.setattr(ec2_interfaces, "LINGER_SECONDS", lingers)
        sagemaker = client("sagemaker")
        image = {"Image": "registry.example/image:1"}
        sagemaker.create_model(ModelName="m", ExecutionRoleArn=role, PrimaryContainer=image, VpcConfig=network.config, **options)
        config(sagemaker, "one", variant("a", ModelName="m")), config(sagemaker, "two", variant("b", ModelName="m"))
        sagemaker.create_endpoint(EndpointName="e", EndpointConfigName="one")
        settle(sagemaker)
        return sagemaker

    return begin


def interfaces(client: Any, network: Vpc) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = client("ec2").describe_network_interfaces(Filters=[{"Name": "group-id", "Values": [network.group]}])[
        "NetworkInterfaces"
    ]
    return found


def test_one_in_each_subnet_of_the_model(client: Any, network: Vpc, serve: Any) -> None:
    serve()
    found = interfaces(client, network)
    assert sorted(item["SubnetId"] for item in found) == sorted(network.subnets)
    assert all(item["RequesterManaged"] and item["Status"] == "in-use" and "SageMaker model m" in item["Description"] for item in found)


def test_a_model_without_a_vpc_has_none(client: Any, network: Vpc, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SLIPWAY_LOCAL_CHECKS", "off")
    sagemaker = client("sagemaker")
    sagemaker.create_model(ModelName="m", ExecutionRoleArn="arn:aws:iam::111111111111:role/x", PrimaryContainer={"Image": "i:1"})
    config(sagemaker, "c", variant("a", ModelName="m"))
    sagemaker.create_endpoint(EndpointName="e", EndpointConfigName="c")
    assert interfaces(client, network) == []


def test_they_linger_and_hold_the_group_meanwhile(client: Any, network: Vpc, serve: Any) -> None:
    sagemaker = serve(lingers=600)
    sagemaker.delete_endpoint(EndpointName="e")
    assert len(interfaces(client, network)) == 2
    with pytest.raises(ClientError, match="DependencyViolation"):
        client("ec2").delete_security_group(GroupId=network.group)
    let_time_pass()
    client("ec2").delete_security_group(GroupId=network.group)


def test_the_local_aws_counts_aws_seconds(client: Any, network: Vpc, serve: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SLIPWAY_LOCAL_SPEED", "3600")
    sagemaker = serve(lingers=ec2_interfaces.LINGER_SECONDS)
    sagemaker.delete_endpoint(EndpointName="e")
    time.sleep(ec2_interfaces.LINGER_SECONDS / 3600)
    assert interfaces(client, network) == []


def test_an_update_brings_new_ones_and_releases_the_old(client: Any, network: Vpc, serve: Any) -> None:
    sagemaker = serve(lingers=600)
    for config_name in ("two", "two"):
        before = {item["NetworkInterfaceId"] for item in interfaces(client, network)}
        sagemaker.update_endpoint(EndpointName="e", EndpointConfigName=config_name)
        assert before < {item["NetworkInterfaceId"] for item in interfaces(client, network)}
        settle(sagemaker)
        let_time_pass()
        after = {item["NetworkInterfaceId"] for item in interfaces(client, network)}
        assert len(after) == 2 and not after & before


def test_without_the_role_they_stay(client: Any, network: Vpc, serve: Any) -> None:
    client("iam").create_role(RoleName=ROLE, AssumeRolePolicyDocument=TRUST)
    sagemaker = serve()
    client("iam").delete_role(RoleName=ROLE)
    sagemaker.delete_endpoint(EndpointName="e")
    assert len(interfaces(client, network)) == 2
    client("iam").create_role(RoleName=ROLE, AssumeRolePolicyDocument=TRUST)
    assert interfaces(client, network) == []
