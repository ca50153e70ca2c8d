"""`slipway logs` and `slipway status` know a model on Fargate; asking it directly says how it is asked."""

from __future__ import annotations

from typing import Any

import pytest

from modules._shared.naming import Naming
from slipway.dashboards.status_services import service_status
from slipway.errors import InputError
from slipway.invoke.service import find_service
from tests.localaws.ecs.yard import Yard
from tests.localaws.hosting.lab import ACCOUNT, REGION

NAME = "slipway-dev-wine"


class Account:
    """As much of an Account as the two read."""

    naming = Naming("slipway", "dev", ACCOUNT, REGION)

    def __init__(self, client: Any) -> None:
        self.client = client
        self.config = type("Config", (), {"name": "dev", "account_id": ACCOUNT})()


def deploy(yard: Yard) -> Any:
    yard.ecs.create_cluster(clusterName=NAME)
    network = {"subnets": yard.subnets, "securityGroups": [yard.group]}
    yard.ecs.create_service(
        cluster=NAME,
        serviceName=NAME,
        taskDefinition=yard.definition(NAME="one"),
        desiredCount=1,
        launchType="FARGATE",
        networkConfiguration={"awsvpcConfiguration": network},
        loadBalancers=[{"targetGroupArn": yard.target_group, "containerName": "model", "containerPort": 8080}],
    )
    return Account(yard.client)


def test_status_and_logs_find_it(yard: Yard) -> None:
    account = deploy(yard)
    yard.until(lambda: service_status(account, "wine").state == "InService")
    status = service_status(account, "wine")
    (tasks,) = status.variants
    assert (tasks.desired, tasks.running, tasks.state) == (1, 1, "revision 1")
    assert status.load_balancer == yard.balancer["LoadBalancerArn"].partition(":loadbalancer/")[2]
    found = find_service(account, "wine")
    assert (found.config, found.log_group) == ("wine:1", "/aws/ecs/slipway-dev-wine")
    with pytest.raises(InputError) as refused:
        found.require_serving()
    assert "--through api" in refused.value.fix


def test_what_is_not_deployed_is_said_so(yard: Yard) -> None:
    account: Any = Account(yard.client)
    assert service_status(account, "wine").state == "does not exist"
    with pytest.raises(InputError, match="there is no service"):
        find_service(account, "wine")
