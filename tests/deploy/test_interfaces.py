"""Before roles and network go, a destroy waits for SageMaker's lingering network interfaces, and says which one blocks."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

import pytest

from slipway.deploy import interfaces
from slipway.deploy.deploy import Options, deploy
from slipway.deploy.destroy import destroy
from slipway.deploy.interfaces import created_network, wait_before
from slipway.deploy.target import Target
from slipway.errors import SlipwayError
from tests.deploy.support import BUCKET, Recorder, boto
from tests.deploy.test_commands import _PROGRAM, ROOT
from tests.localaws.networks import Vpc, let_time_pass, vpc

YES = lambda _review: True  # noqa: E731
TRUST = json.dumps({"Version": "2012-10-17", "Statement": []})


@pytest.fixture
def network(make_target: Callable[..., Target], aws: str) -> tuple[Target, Vpc]:
    """An environment whose network stack's state holds a real VPC of the local AWS, and whose shared stack is empty."""
    target = make_target({"state": {"s": {}}, "network": {"n": {}}, "shared": {"r": {}}})
    made = vpc(boto(aws, "ec2"))
    write_state(target, made)
    return target, made


def write_state(target: Target, made: Vpc, **changes: Any) -> None:
    """What Terraform would have written after it had made the VPC."""
    resource = {"mode": "managed", "type": "aws_vpc", "name": "v", "instances": [{"attributes": {"id": made.id}}]}
    state = {"version": 4, "serial": 1, "lineage": "l", "resources": [resource]}
    state["outputs"] = {"network_model_security_group_id": {"value": made.group, "type": "string"}}
    body = json.dumps({**state, **changes})
    boto(str(target.url), "s3").put_object(Bucket=BUCKET, Key="dev-network.tfstate", Body=body.encode())


@pytest.fixture
def endpoint(network: tuple[Target, Vpc], aws: str, monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Make and delete an endpoint in the VPC; its interfaces linger."""
    monkeypatch.setenv("SLIPWAY_LOCAL_CHECKS", "off")
    sagemaker, made = boto(aws, "sagemaker"), network[1]

    def gone() -> None:
        monkeypatch.setattr("slipway.localaws.ec2.interfaces.LINGER_SECONDS", 3600.0)
        boto(aws, "iam").create_role(RoleName="wine", AssumeRolePolicyDocument=TRUST)
        role = "arn:aws:iam::111111111111:role/wine"
        sagemaker.create_model(ModelName="m", ExecutionRoleArn=role, PrimaryContainer={"Image": "i:1"}, VpcConfig=made.config)
        variant = {"VariantName": "a", "ModelName": "m", "InstanceType": "ml.m5.large", "InitialInstanceCount": 1}
        sagemaker.create_endpoint_config(EndpointConfigName="c", ProductionVariants=[variant])
        sagemaker.create_endpoint(EndpointName="wine", EndpointConfigName="c")
        while sagemaker.describe_endpoint(EndpointName="wine")["EndpointStatus"] != "InService":
            time.sleep(0.05)
        sagemaker.delete_endpoint(EndpointName="wine")

    return gone


class GoneOnceWaitedFor(Recorder):
    """The interfaces go as soon as somebody waits for them."""

    def waiting(self, scope: str, text: str) -> None:
        super().waiting(scope, text)
        if "network interface" in text:
            let_time_pass()


def lines(target: Target) -> list[str]:
    found: list[str] = target.reporter.lines  # type: ignore[attr-defined]
    return found


def test_it_waits_until_they_are_gone_and_names_the_one_it_waits_for(network: tuple[Target, Vpc], endpoint: Callable[[], None]) -> None:
    target, made = network
    endpoint()
    target.reporter = GoneOnceWaitedFor()
    ids = {item["NetworkInterfaceId"] for item in boto(str(target.url), "ec2").describe_network_interfaces()["NetworkInterfaces"]}
    wait_before(target, "dev-shared")
    assert boto(str(target.url), "ec2").describe_network_interfaces()["NetworkInterfaces"] == []
    assert lines(target)[0] == "dev-shared wait for SageMaker to remove its network interfaces"
    (waiting,) = {line for line in lines(target) if "waiting" in line}
    assert any(eni in waiting for eni in ids) and made.group in waiting and "SageMaker model m" in waiting and "and 1 more" in waiting
    assert "are gone after" in lines(target)[-1]
    before = len(lines(target))
    wait_before(target, "dev-network")
    assert len(lines(target)) == before, "nothing is left to wait for"


def test_it_gives_up_with_the_names_of_those_that_block(network: tuple[Target, Vpc], endpoint: Callable[[], None]) -> None:
    target, made = network
    endpoint()
    with pytest.raises(SlipwayError) as raised:
        wait_before(target, "dev-shared", timeout=0.3)
    found = boto(str(target.url), "ec2").describe_network_interfaces()["NetworkInterfaces"]
    assert all(item["NetworkInterfaceId"] in raised.value.message and item["SubnetId"] in raised.value.message for item in found)
    assert raised.value.message.startswith("2 network interface(s) are still there") and made.group in raised.value.message
    assert "in-use" in raised.value.message and "slipway destroy dev" in str(raised.value.fix)


def test_before_the_network_goes_any_foreign_interface_counts_and_its_own_do_not(network: tuple[Target, Vpc]) -> None:
    target, made = network
    ec2 = boto(str(target.url), "ec2")
    ec2.create_vpc_endpoint(
        VpcId=made.id,
        ServiceName="com.amazonaws.eu-west-1.logs",
        VpcEndpointType="Interface",
        SubnetIds=made.subnets,
        SecurityGroupIds=[made.other],
    )
    wait_before(target, "dev-network", timeout=0)
    eni = ec2.create_network_interface(SubnetId=made.subnets[0], Groups=[made.other], Description="a database")["NetworkInterface"]
    wait_before(target, "dev-shared", timeout=0)
    with pytest.raises(SlipwayError, match=f"{eni['NetworkInterfaceId']} \\(a database; {made.other}; {made.subnets[0]}; available\\)"):
        wait_before(target, "dev-network", timeout=0)


def test_a_destroy_waits_before_the_roles_go(network: tuple[Target, Vpc], endpoint: Callable[[], None]) -> None:
    target, _ = network
    deploy(target, YES, Options(stack="shared"))
    endpoint()
    target.reporter = GoneOnceWaitedFor()
    destroy(target, YES, "shared")
    steps = [line for line in lines(target) if line.startswith("dev-shared") and "waiting" not in line]
    assert steps[0] == "dev-shared wait for SageMaker to remove its network interfaces"
    assert "are gone after" in steps[1] and "dev-shared plan" in steps[2:]
    assert boto(str(target.url), "ec2").describe_network_interfaces()["NetworkInterfaces"] == []


@pytest.mark.parametrize("stack", ["dev-serving", "dev-state", "dev-api"])
def test_other_stacks_are_not_held_up(network: tuple[Target, Vpc], stack: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(interfaces, "created_network", None)
    wait_before(network[0], stack)


def test_no_network_of_ones_own_is_nothing_to_wait_for(network: tuple[Target, Vpc], make_target: Callable[..., Target]) -> None:
    target, made = network
    assert created_network(target) == interfaces.CreatedNetwork(made.id, made.group)
    existing = {"mode": "data", "type": "aws_vpc", "name": "v", "instances": [{"attributes": {"id": made.id}}]}
    write_state(target, made, resources=[existing])
    assert created_network(target) is None
    boto(str(target.url), "s3").delete_object(Bucket=BUCKET, Key="dev-network.tfstate")
    assert created_network(target) is None
    (target.folder("dev-network") / "cdk.tf.json").unlink()
    assert created_network(target) is None


def test_ctrl_c_ends_the_wait_at_once(network: tuple[Target, Vpc], endpoint: Callable[[], None]) -> None:
    target, _ = network
    endpoint()
    program = _PROGRAM.replace("main()", "") + (
        "from slipway.deploy.interfaces import wait_before\nfrom slipway.terraform.process import graceful_stop\n"
        "from slipway.cli.output import TerminalReporter\nfrom pathlib import Path\n"
        f"target = opening.open_target('dev', Path({str(target.root)!r}), TerminalReporter())\n"
        "with graceful_stop():\n    wait_before(target, 'dev-shared')\n"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", program, str(target.url)],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        cwd=ROOT,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stderr is not None
        while "wait for SageMaker" not in process.stderr.readline():
            assert process.poll() is None
        process.send_signal(signal.SIGINT)
        _, rest = process.communicate(timeout=30)
    finally:
        process.kill()
    assert "KeyboardInterrupt" in rest
