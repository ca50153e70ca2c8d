"""Endpoints that nobody asks: how long, on what, and how many instance hours that were. Prices are not known here."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta, timezone
from typing import Any

from modules.operations.function.clients import Clients
from modules.operations.function.endpoints import describe
from modules.operations.function.settings import Hosted

DAY = 86_400
_METRICS = ("Invocations", "InvocationsProcessed")
"""Requests to a real-time or serverless variant; requests that an asynchronous one has worked on."""


@dataclass(frozen=True)
class Idle:
    """A variant without a request for `days` days, and since when it is known to be there.

    `instance_type` is empty for serverless; `instance_hours` are those of the days without a request, by the count of today.
    """

    endpoint: str
    variant: str
    days: int
    instance_type: str
    instance_count: int
    instance_hours: float

    def as_dict(self) -> dict[str, Any]:
        """As JSON."""
        return asdict(self)


def idle(clients: Clients, hosted: Iterable[Hosted], days: int) -> list[Idle]:
    """Variants in service for at least `days` days (1 to 455) that had no request in them."""
    found = []
    for one in hosted:
        endpoint = describe(clients, one.name) if one.kind == "sagemaker" else None
        if endpoint is not None and endpoint["EndpointStatus"] in ("InService", "Updating", "SystemUpdating"):
            found += _variants(clients, one.key, endpoint, days)
    return found


def _variants(clients: Clients, key: str, endpoint: dict[str, Any], days: int) -> list[Idle]:
    now = datetime.now(timezone.utc)
    since = now - timedelta(days=days)
    if endpoint["CreationTime"] > since:
        return []
    types = _instance_types(clients, endpoint["EndpointConfigName"])
    found = []
    for variant in endpoint["ProductionVariants"]:
        name = variant["VariantName"]
        if _requests(clients, endpoint["EndpointName"], name, since, now) == 0:
            count = int(variant.get("CurrentInstanceCount", 0))
            found.append(Idle(key, name, days, types.get(name, ""), count, float(24 * days * count)))
    return found


def _instance_types(clients: Clients, config_name: str) -> dict[str, str]:
    variants = clients.sagemaker.describe_endpoint_config(EndpointConfigName=config_name)["ProductionVariants"]
    return {variant["VariantName"]: variant.get("InstanceType", "") for variant in variants}


def _requests(clients: Clients, endpoint: str, variant: str, since: datetime, until: datetime) -> float:
    both = [{"Name": "EndpointName", "Value": endpoint}, {"Name": "VariantName", "Value": variant}]
    dimensions = {"Invocations": both, "InvocationsProcessed": both[:1]}
    queries = [
        {
            "Id": f"m{number}",
            "MetricStat": {
                "Metric": {"Namespace": "AWS/SageMaker", "MetricName": metric, "Dimensions": dimensions[metric]},
                "Period": DAY,
                "Stat": "Sum",
            },
        }
        for number, metric in enumerate(_METRICS)
    ]
    pages = clients.cloudwatch.get_paginator("get_metric_data").paginate(MetricDataQueries=queries, StartTime=since, EndTime=until)
    return float(sum(value for page in pages for result in page["MetricDataResults"] for value in result["Values"]))


def message(environment: str, found: list[Idle]) -> str:
    """The report as text."""
    lines = [f"Endpoints of {environment} without a request:", ""]
    for one in found:
        what = f"{one.instance_count} x {one.instance_type}, {one.instance_hours:.0f} instance hours" if one.instance_type else "serverless"
        lines.append(f"- {one.endpoint}, variant {one.variant}: {one.days} days or longer ({what})")
    return "\n".join([*lines, "", f"`slipway stop {environment} ENDPOINT` stops one; `working_hours` or `expires_at` do it by themselves."])
