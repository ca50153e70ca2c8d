"""Network interfaces of endpoints that run: each fleet has its own, and the one that goes takes them along."""

from __future__ import annotations

from typing import Any

from tests.localaws.hosting.lab import ROLE, Lab, variant
from tests.localaws.networks import Vpc, let_time_pass, vpc


def serve(lab: Lab, network: Vpc, *models: str, **environment: str) -> None:
    for name in models:
        container = lab.container(name, **environment)
        lab.sagemaker.create_model(ModelName=name, ExecutionRoleArn=ROLE, PrimaryContainer=container, VpcConfig=network.config)
        lab.config(name, variant(model=name))


def holders(lab: Lab, network: Vpc) -> list[str]:
    """The model behind each interface in the network, once time has passed."""
    let_time_pass()
    found: list[dict[str, Any]] = lab.client("ec2").describe_network_interfaces(Filters=[{"Name": "group-id", "Values": [network.group]}])[
        "NetworkInterfaces"
    ]
    return sorted(item["Description"].partition("model ")[2].partition(",")[0] for item in found)


def test_a_rollout_moves_to_the_new_fleets_interfaces(lab: Lab) -> None:
    network = vpc(lab.client("ec2"))
    serve(lab, network, "one", "two")
    lab.create("one")
    assert holders(lab, network) == ["one", "one"]
    lab.update("two")
    lab.wait()
    assert holders(lab, network) == ["two", "two"]
    lab.sagemaker.delete_endpoint(EndpointName="e")
    assert holders(lab, network) == []


def test_a_roll_back_keeps_the_old_fleets_interfaces(lab: Lab) -> None:
    network = vpc(lab.client("ec2"))
    serve(lab, network, "one")
    serve(lab, network, "broken", BREAK="exit")
    lab.create("one")
    lab.update("broken")
    assert "did not pass" in lab.wait()["FailureReason"]
    assert holders(lab, network) == ["one", "one"]
