"""What AWS bills for a resource: meters and how much of each a month, at least and at most. No prices."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from slipway.cost.capacity import Capacity, capacity_of, scaled
from slipway.cost.resources import Resource

HOURS = 730.0
"""Hours of a month, as AWS's own pricing pages count them: 365 * 24 / 12."""


@dataclass(frozen=True)
class Item:
    """One line of a bill. `meter`: such as `hosting/ml.m5.large`; `unit`: hour, GB-second, key...; amounts a month.

    `maximum` None: by use, without a bound that the configuration sets. `note` says what the amounts leave out.
    """

    where: str
    meter: str
    unit: str
    minimum: float
    maximum: float | None
    note: str = ""


def items(resources: Iterable[Resource]) -> list[Item]:
    """Every line of these resources, sorted."""
    there = list(resources)
    limits = scaled(there)
    found = [item for resource in there for item in _METERS.get(resource.type, _none)(resource, limits, there)]
    return sorted(found, key=lambda item: (item.where, item.meter))


Limits = Mapping[str, Capacity]


def _none(_resource: Resource, _limits: Limits, _all: list[Resource]) -> list[Item]:
    return []


def _endpoint(resource: Resource, limits: Limits, everything: list[Resource]) -> list[Item]:
    """A SageMaker endpoint by its configuration: instances, or serverless capacity."""
    name, config_name = str(resource.values.get("name")), resource.values.get("endpoint_config_name")
    configs = [r for r in everything if r.type == "aws_sagemaker_endpoint_configuration" and r.values.get("name") == config_name]
    found = []
    for config in configs[:1]:
        for kind in ("production_variants", "shadow_production_variants"):
            for variant in config.values.get(kind) or []:
                found += _variant(
                    name, variant, limits, "asynchronous" if _block(config.values.get("async_inference_config")) else "hosting"
                )
    return found


def _variant(endpoint: str, variant: Mapping[str, Any], limits: Limits, component: str) -> list[Item]:
    label = variant.get("variant_name") or "main"
    where = f"{endpoint}/{label}"
    serverless = _block(variant.get("serverless_config"))
    if serverless:
        return _serverless(where, serverless, limits.get(f"endpoint/{endpoint}/variant/{label}"))
    count = int(variant.get("initial_instance_count") or 1)
    managed = _block(variant.get("managed_instance_scaling"))
    low, high = (
        (int(managed["min_instance_count"]), int(managed["max_instance_count"])) if managed.get("status") == "ENABLED" else (count, count)
    )
    low, high = capacity_of(limits, f"endpoint/{endpoint}/variant/{label}", low, high)
    return [Item(where, f"{component}/{variant['instance_type']}", "hour", low * HOURS, high * HOURS)]


def _serverless(where: str, config: Mapping[str, Any], limit: Capacity | None) -> list[Item]:
    gigabytes = int(config["memory_size_in_mb"]) / 1024
    seconds = HOURS * 3600 * gigabytes
    found = [Item(where, "serverless/memory", "GB-second", 0.0, int(config["max_concurrency"]) * seconds, "only while requests run")]
    provisioned = config.get("provisioned_concurrency")
    if provisioned or limit:
        low, high = (limit.minimum, limit.maximum) if limit else (int(provisioned or 0), int(provisioned or 0))
        found.append(Item(where, "serverless/provisioned", "GB-second", low * seconds, high * seconds))
    return found


def _function(resource: Resource, _limits: Limits, _all: list[Resource]) -> list[Item]:
    gigabytes = int(resource.values.get("memory_size") or 128) / 1024
    reserved = resource.values.get("reserved_concurrent_executions")
    most = None if reserved is None or int(reserved) < 0 else int(reserved) * gigabytes * HOURS * 3600
    processor = (resource.values.get("architectures") or ["x86_64"])[0]
    where = str(resource.values.get("function_name"))
    return [
        Item(where, f"lambda/{processor}", "GB-second", 0.0, most, "only while requests run"),
        Item(where, "lambda/requests", "request", 0.0, None, "by use"),
    ]


def _service(resource: Resource, limits: Limits, everything: list[Resource]) -> list[Item]:
    """An ECS service on Fargate: processor and memory of its tasks."""
    tasks = [r for r in everything if r.type == "aws_ecs_task_definition" and _names(resource, r)]
    if not tasks:
        return []
    values = tasks[0].values
    count = int(resource.values.get("desired_count") or 0)
    cluster, name = str(resource.values.get("cluster")).rpartition("/")[2], str(resource.values.get("name"))
    low, high = capacity_of(limits, f"service/{cluster}/{name}", count, count)
    arm = _block(values.get("runtime_platform")).get("cpu_architecture") == "ARM64"
    processor, cpus, gigabytes = "arm64" if arm else "x86_64", int(values["cpu"]) / 1024, int(values["memory"]) / 1024
    return [
        Item(name, f"fargate/{processor}/vcpu", "vCPU-hour", low * cpus * HOURS, high * cpus * HOURS),
        Item(name, f"fargate/{processor}/memory", "GB-hour", low * gigabytes * HOURS, high * gigabytes * HOURS),
    ]


def _names(service: Resource, task: Resource) -> bool:
    """Whether a task definition is the service's: named by its family, its ARN, or a reference to it."""
    named, family = str(service.values.get("task_definition") or ""), str(task.values.get("family"))
    return task.address in named or named in (family, task.values.get("arn")) or f"task-definition/{family}:" in named


def _balancer(resource: Resource, _limits: Limits, _all: list[Resource]) -> list[Item]:
    return [Item(str(resource.values.get("name")), "load_balancer/application", "hour", HOURS, HOURS, "without capacity units")]


def _nat(resource: Resource, _limits: Limits, _all: list[Resource]) -> list[Item]:
    return [Item(_called(resource), "nat_gateway", "hour", HOURS, HOURS, "without data")]


def _vpc_endpoint(resource: Resource, _limits: Limits, _all: list[Resource]) -> list[Item]:
    """Interface endpoints are billed in each availability zone; gateways are free."""
    if resource.values.get("vpc_endpoint_type") != "Interface":
        return []
    zones = len(resource.values.get("subnet_ids") or [])
    return [Item(_called(resource), "vpc_endpoint", "hour", zones * HOURS, zones * HOURS, "without data")]


def _vpn(resource: Resource, _limits: Limits, _all: list[Resource]) -> list[Item]:
    return [Item(_called(resource), "vpn_connection", "hour", HOURS, HOURS)]


def _key(resource: Resource, _limits: Limits, _all: list[Resource]) -> list[Item]:
    return [Item(str(resource.values.get("description") or _called(resource)), "kms_key", "key", 1.0, 1.0, "without requests")]


def _transform(resource: Resource, _limits: Limits, _all: list[Resource]) -> list[Item]:
    """A batch transform shows by the parameter with its settings."""
    name = str(resource.values.get("name"))
    if not name.endswith("/transform") or "TransformResources" not in str(resource.values.get("value")):
        return []
    kind = json.loads(resource.values["value"])["TransformResources"]["InstanceType"]
    return [Item(name.split("/")[-2], f"transform/{kind}", "hour", 0.0, None, "only while jobs run")]


def _called(resource: Resource) -> str:
    tags = resource.values.get("tags") or {}
    return str(tags.get("Name") or resource.address.partition(".")[2])


def _block(value: Any) -> Mapping[str, Any]:
    """A block, which plans write as a list of one."""
    found = value[0] if isinstance(value, list) and value else value
    return found if isinstance(found, Mapping) else {}


_METERS: Mapping[str, Callable[[Resource, Limits, list[Resource]], list[Item]]] = {
    "aws_sagemaker_endpoint": _endpoint,
    "aws_lambda_function": _function,
    "aws_ecs_service": _service,
    "aws_lb": _balancer,
    "aws_nat_gateway": _nat,
    "aws_vpc_endpoint": _vpc_endpoint,
    "aws_vpn_connection": _vpn,
    "aws_kms_key": _key,
    "aws_ssm_parameter": _transform,
}
