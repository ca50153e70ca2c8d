"""ECS: services that run, settings that moto drops, tasks that are listed by service."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Any

from moto.core.responses import ActionResult
from moto.ec2.models.elastic_network_interfaces import NetworkInterface
from moto.ecs.models import EC2ContainerServiceBackend, Service, Task
from moto.ecs.responses import EC2ContainerServiceResponse

from slipway.localaws.ecs import live
from slipway.localaws.patches import wraps

_KEPT = {
    "deploymentConfiguration": "deployment_configuration",
    "healthCheckGracePeriodSeconds": "health_check_grace_period_seconds",
    "enableECSManagedTags": "enable_ecs_managed_tags",
    "enableExecuteCommand": "enable_execute_command",
    "availabilityZoneRebalancing": "availability_zone_rebalancing",
}
_RUN = "moto's services start no tasks"


@wraps(EC2ContainerServiceResponse, "create_service", "moto drops the deployment configuration and other settings of a service")
def create_service(original: Any, self: Any) -> ActionResult:
    """Keep the settings; run the service."""
    answer: ActionResult = original(self)
    service = answer.result["service"]
    self_params = self._get_params()
    for member, name in _KEPT.items():
        setattr(service, name, self_params.get(member))
    service.created_at = datetime.now(timezone.utc)
    service.deployment_configuration = _configuration(service.deployment_configuration)
    live.changed(self.current_account, self.region, service)
    return answer


@wraps(EC2ContainerServiceBackend, "update_service", _RUN)
def update_service(original: Any, self: Any, service_properties: dict[str, Any]) -> Service:
    """Keep what runs as it is, and let the service see to the rest."""
    forced = bool(service_properties.get("force_new_deployment"))
    service: Service = original(self, service_properties)
    if service.task_definition:
        service.task_definition = self.describe_task_definition(service.task_definition).arn
    configuration: Any = getattr(service, "deployment_configuration", None)
    service.deployment_configuration = _configuration(configuration)
    live.changed(self.account_id, self.region_name, service, forced=forced)
    return service


@wraps(EC2ContainerServiceBackend, "delete_service", _RUN)
def delete_service(original: Any, self: Any, *args: Any, **kwargs: Any) -> Service:
    """End its tasks."""
    service: Service = original(self, *args, **kwargs)
    service.desired_count = service.running_count = 0
    live.deleted(service)
    return service


@wraps(NetworkInterface, "__init__", "moto's tasks ask for a DNS name that interfaces of a VPC without DNS host names lack")
def name_interface(original: Any, self: Any, *args: Any, **kwargs: Any) -> None:
    """An empty one, as AWS has it."""
    original(self, *args, **kwargs)
    self.__dict__.setdefault("private_dns_name", "")


@wraps(Task, "advance", "moto lets each DescribeTasks move a task on to its end")
def advance(original: Any, self: Any) -> None:
    """A task of a service moves on by itself."""
    if not self.group.startswith("service:"):
        original(self)


@wraps(EC2ContainerServiceBackend, "list_tasks", "moto does not look at serviceName, and lists stopped tasks unasked")
def list_tasks(original: Any, self: Any, *args: Any, **kwargs: Any) -> list[Task]:
    """Those of the service, running ones unless asked otherwise."""
    names = ("cluster_str", "container_instance", "family", "started_by", "service_name", "desiredStatus")
    given = {**dict(zip(names, args, strict=False)), **kwargs}
    found: list[Task] = original(self, **{**given, "desiredStatus": given.get("desiredStatus") or "RUNNING"})
    name = str(given.get("service_name") or "").rpartition("/")[2]
    return [task for task in found if not name or task.group == f"service:{name}"]


@wraps(EC2ContainerServiceResponse, "list_task_definitions", "moto does not look at sort and maxResults")
def list_task_definitions(original: Any, self: Any) -> ActionResult:
    """By family and revision, upwards or downwards; no further pages."""
    answer: ActionResult = original(self)
    arns = sorted(answer.result["taskDefinitionArns"], key=_family_and_revision, reverse=self._get_param("sort") == "DESC")
    return ActionResult({"taskDefinitionArns": arns[: self._get_int_param("maxResults") or 100]})


def _family_and_revision(arn: str) -> tuple[str, int]:
    family, _, revision = arn.rpartition(":")
    return family, int(revision)


def _configuration(given: dict[str, Any] | None) -> dict[str, Any]:
    """With AWS's defaults."""
    breaker = {"enable": False, "rollback": False, **((given or {}).get("deploymentCircuitBreaker") or {})}
    return {"maximumPercent": 200, "minimumHealthyPercent": 100, **(given or {}), "deploymentCircuitBreaker": breaker}
