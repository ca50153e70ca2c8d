"""Finds a model on ECS Fargate. Its load balancer answers inside the network only: it is asked through the API."""

from __future__ import annotations

from typing import TYPE_CHECKING

from modules.fargate_endpoint.spec import log_group, service_name
from slipway.artifacts.account import Account, error_code, explain
from slipway.errors import InputError

if TYPE_CHECKING:
    from slipway.invoke.endpoint import Endpoint

HOSTING = "fargate"


def find_service(account: Account, key: str) -> Endpoint:
    """The service of the endpoint with that key; its config is the task definition's revision. InputError when it is not deployed."""
    from botocore.exceptions import ClientError

    from slipway.invoke.endpoint import Endpoint

    name = service_name(account.naming, key)
    try:
        found = account.client("ecs").describe_services(cluster=name, services=[name])["services"]
    except ClientError as error:
        if error_code(error) != "ClusterNotFoundException":
            raise explain(error, f"cannot describe service {name}", account) from None
        found = []
    active = [service for service in found if service["status"] == "ACTIVE"]
    if not active:
        text = f"there is no service {name} in account {account.config.account_id}"
        raise InputError(text, fix=f"slipway deploy {account.config.name}")
    revision = str(active[0]["taskDefinition"]).rpartition("/")[2]
    return Endpoint(name, "Active", revision, hosting=HOSTING, own_log_group=log_group(account.naming, key))


def refuse_from_outside(endpoint: Endpoint) -> InputError:
    """Why it cannot be asked directly."""
    text = f"{endpoint.name} is hosted by fargate: its load balancer answers inside the network only"
    return InputError(text, fix="ask it through the API: --through api")
