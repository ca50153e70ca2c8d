"""Waiting for the network interfaces that SageMaker leaves in the environment's VPC for some time after an endpoint is gone.

Until then neither security group nor subnets can be deleted, and SageMaker needs the models' execution roles to remove them (API:
DeleteEndpoint). So a destroy waits twice: before the roles go, and before the network goes.
"""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from typing import Any

from slipway.deploy.store import Store
from slipway.deploy.target import Target
from slipway.errors import SlipwayError
from slipway.layers import stack_name

TIMEOUT_SECONDS = 2700.0
"""How long a destroy waits: AWS usually needs some minutes, and has been seen to need over half an hour."""
POLL_SECONDS = 10.0
LOCAL_POLL_SECONDS = 0.5
_OF_THE_NETWORK = ("vpc_endpoint", "nat_gateway", "gateway_load_balancer_endpoint")
"""Types of interfaces that go with resources of the network stack itself."""


@dataclass(frozen=True)
class Interface:
    """One network interface that holds a security group and a subnet."""

    id: str
    description: str
    security_groups: tuple[str, ...]
    subnet: str
    status: str

    def __str__(self) -> str:
        groups = ", ".join(self.security_groups) or "no security group"
        return f"{self.id} ({self.description or 'no description'}; {groups}; {self.subnet}; {self.status})"


@dataclass(frozen=True)
class CreatedNetwork:
    """What the network stack's state says of the VPC that it made."""

    vpc_id: str
    model_security_group_id: str


def wait_before(target: Target, stack: str, *, timeout: float = TIMEOUT_SECONDS) -> None:
    """Wait until nothing is left that the destruction of `stack` would leave behind or fail on; at once for other stacks.

    Before `shared`: interfaces with the models' security group. Before `network`: every interface in the VPC that the network
    stack does not remove itself. An existing network, which nobody destroys, is not waited for. `timeout` in seconds.
    SlipwayError names each interface that is still there then.
    """
    if stack not in (stack_name(target.name, "shared"), stack_name(target.name, "network")):
        return
    network = created_network(target)
    if network is None:
        return
    of_models = {"group-id": network.model_security_group_id}
    _wait(target, stack, {"vpc-id": network.vpc_id} if stack == stack_name(target.name, "network") else of_models, timeout)


def created_network(target: Target) -> CreatedNetwork | None:
    """The environment's own VPC, or None when it has none (any more)."""
    name = stack_name(target.name, "network")
    if not (target.folder(name) / "cdk.tf.json").is_file():
        return None
    store = Store(target, name)
    state = json.loads(store.read(store.key) or b"{}")
    ids = {
        (item["type"], item["name"]): item["instances"][0]["attributes"]["id"]
        for item in state.get("resources", ())
        if item.get("mode") == "managed" and item.get("instances")
    }
    vpc = next((found for (kind, _), found in ids.items() if kind == "aws_vpc"), None)
    outputs = state.get("outputs", {})
    group = outputs.get("network_model_security_group_id", {}).get("value")
    return CreatedNetwork(vpc, group) if vpc and group else None


def interfaces(client: Any, filters: dict[str, str]) -> list[Interface]:
    """Interfaces that match every filter and that no resource of the network stack owns, by id."""
    pages = client.get_paginator("describe_network_interfaces").paginate(
        Filters=[{"Name": name, "Values": [value]} for name, value in filters.items()]
    )
    found = [
        Interface(item["NetworkInterfaceId"], item.get("Description", ""), _groups(item), item.get("SubnetId", "no subnet"), item["Status"])
        for page in pages
        for item in page["NetworkInterfaces"]
        if item.get("InterfaceType", "interface") not in _OF_THE_NETWORK
    ]
    return sorted(found, key=lambda interface: interface.id)


def _groups(item: dict[str, Any]) -> tuple[str, ...]:
    return tuple(group["GroupId"] for group in item.get("Groups", ()))


def _wait(target: Target, stack: str, filters: dict[str, str], timeout: float) -> None:
    client, poll = target.client("ec2"), LOCAL_POLL_SECONDS if target.url else POLL_SECONDS
    started = time.monotonic()
    left = interfaces(client, filters)
    if not left:
        return
    target.reporter.step(stack, "wait for SageMaker to remove its network interfaces")
    try:
        while left:
            waited = time.monotonic() - started
            if waited >= timeout:
                raise _refusal(target, stack, left, waited)
            more = f" and {len(left) - 1} more" if len(left) > 1 else ""
            target.reporter.waiting(stack, f"network interface {left[0]}{more}")
            time.sleep(poll)
            left = interfaces(client, filters)
    finally:
        target.reporter.waiting(stack, "")
    target.reporter.info(stack, f"network interfaces are gone after {time.monotonic() - started:.0f} s")


def _refusal(target: Target, stack: str, left: list[Interface], waited: float) -> SlipwayError:
    names = "; ".join(map(str, left))
    return SlipwayError(
        f"{len(left)} network interface(s) are still there after {waited / 60:.0f} minutes, so {stack} was not destroyed: {names}",
        fix="Their description says who made them. One that is `available` nobody uses: `aws ec2 delete-network-interface` removes it. "
        f"When all are gone, run `slipway destroy {target.name}` again; it goes on where it stopped.",
    )
