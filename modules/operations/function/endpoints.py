"""Stopping and starting a SageMaker endpoint: it is deleted and created again; model and configuration stay.

Each step may be done twice, and after any step the next run goes on: the record is written before anything is removed, and removed
after everything is back.
"""

from __future__ import annotations

import re
from typing import Any

from modules.operations.function import scaling
from modules.operations.function.clients import Clients, is_missing, moment
from modules.operations.function.records import Record, Records
from modules.operations.function.settings import Busy, Hosted, Refused

_REMOVABLE = ("InService", "Failed", "OutOfService", "UpdateRollbackFailed")
_CONFIG_NAME = "{}-[0-9a-f]{{10}}"
"""Terraform names a configuration after its endpoint and a hash of its content (modules/endpoint_config)."""


def stop(clients: Clients, records: Records, hosted: Hosted, reason: str) -> str:
    """Stop it: what happened, in one word. An endpoint that is being changed is stopped as soon as it is in service."""
    record, endpoint = records.get(hosted.key), describe(clients, hosted.name)
    if endpoint is None:
        if record is None:
            return "missing"
        records.put(hosted.key, record.now("stopped"))
        return "stopped already"
    if endpoint["EndpointStatus"] == "Deleting":
        return "stopping"
    kept = _record(clients, hosted, endpoint, record, reason)
    records.put(hosted.key, kept)
    if endpoint["EndpointStatus"] not in _REMOVABLE:
        return "stopping"
    scaling.remove(clients.scaling, kept.scaling)
    clients.sagemaker.delete_endpoint(EndpointName=hosted.name)
    records.put(hosted.key, kept.now("stopped"))
    return "stopped"


def start(clients: Clients, records: Records, hosted: Hosted) -> str:
    """Start it with the configuration that Terraform wrote last: what happened, in one word. Raises Busy, Refused."""
    record, endpoint = records.get(hosted.key), describe(clients, hosted.name)
    if endpoint is not None:
        if endpoint["EndpointStatus"] == "Deleting":
            raise Busy(f"{hosted.name} is still being deleted")
        return _running(clients, records, hosted, record, endpoint)
    if record is None:
        return "missing"
    config = latest_config(clients, hosted.name)
    if config is None:
        raise Refused(f"{hosted.name} has no endpoint configuration any more: deploy the environment")
    records.put(hosted.key, record.now("starting"))
    deployment = {"DeploymentConfig": record.deployment_config} if record.deployment_config else {}
    clients.sagemaker.create_endpoint(EndpointName=hosted.name, EndpointConfigName=config, Tags=record.tags, **deployment)
    return "starting"


def in_service(clients: Clients, records: Records, hosted: Hosted) -> str:
    """It came into service: finish what was begun. Terraform may have created it too; then its scaling is Terraform's."""
    record, endpoint = records.get(hosted.key), describe(clients, hosted.name)
    if record is None or endpoint is None or endpoint["EndpointStatus"] != "InService":
        return "nothing to do"
    if record.state == "stopping":
        return stop(clients, records, hosted, record.reason)
    if record.state == "starting":
        scaling.restore(clients.scaling, clients.cloudwatch, record.scaling)
    records.delete(hosted.key)
    return "started"


def describe(clients: Clients, name: str) -> dict[str, Any] | None:
    """DescribeEndpoint; None when there is none."""
    try:
        found: dict[str, Any] = clients.sagemaker.describe_endpoint(EndpointName=name)
    except clients.sagemaker.exceptions.ClientError as error:
        if is_missing(error):
            return None
        raise
    return found


def latest_config(clients: Clients, name: str) -> str | None:
    """The newest configuration that bears the endpoint's name: what a deploy in between has written counts, not the record."""
    pages = clients.sagemaker.get_paginator("list_endpoint_configs").paginate(
        NameContains=name, SortBy="CreationTime", SortOrder="Descending"
    )
    mine = re.compile(_CONFIG_NAME.format(re.escape(name)))
    found = [config for page in pages for config in page["EndpointConfigs"] if mine.fullmatch(config["EndpointConfigName"])]
    return str(max(found, key=lambda config: config["CreationTime"])["EndpointConfigName"]) if found else None


def _record(clients: Clients, hosted: Hosted, endpoint: dict[str, Any], before: Record | None, reason: str) -> Record:
    """What is to be kept. Of a stop that was cut short the scaling stands in the record, not in AWS any more."""
    ids = [f"endpoint/{hosted.name}/variant/{variant['VariantName']}" for variant in endpoint.get("ProductionVariants", [])]
    return Record(
        state="stopping",
        reason=reason,
        at=moment(),
        endpoint_config_name=endpoint["EndpointConfigName"],
        tags=_tags(clients, endpoint["EndpointArn"]),
        deployment_config=endpoint.get("LastDeploymentConfig"),
        scaling=scaling.take(clients.scaling, "sagemaker", ids) or (before.scaling if before else []),
    )


def _tags(clients: Clients, arn: str) -> list[dict[str, str]]:
    """The endpoint's own tags; those of AWS cannot be given again."""
    pages = clients.sagemaker.get_paginator("list_tags").paginate(ResourceArn=arn)
    return [tag for page in pages for tag in page["Tags"] if not tag["Key"].startswith("aws:")]


def _running(clients: Clients, records: Records, hosted: Hosted, record: Record | None, endpoint: dict[str, Any]) -> str:
    status = endpoint["EndpointStatus"]
    if status == "Failed":
        raise Refused(f"{hosted.name} failed: {endpoint.get('FailureReason', 'no reason is known')}")
    if record is None:
        return "running already"
    if record.state == "stopping":  # a stop that waits for the end of a change is called off
        records.put(hosted.key, record.now("starting"))
    return in_service(clients, records, hosted) if status == "InService" else "starting"
