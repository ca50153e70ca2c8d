"""Models on ECS Fargate, as `slipway status` shows endpoints: the service's newest deployment in place of a variant."""

from __future__ import annotations

from typing import Any

from modules.fargate_endpoint.spec import service_name
from slipway.artifacts.account import Account, error_code
from slipway.dashboards.status import MISSING, EndpointStatus, Variant

HOSTING = "fargate"
METRICS = {
    "requests": ("RequestCount", "Sum"),
    "errors4": ("HTTPCode_Target_4XX_Count", "Sum"),
    "errors5": ("HTTPCode_Target_5XX_Count", "Sum"),
    "p50": ("TargetResponseTime", "p50"),
    "p99": ("TargetResponseTime", "p99"),
}
"""What stands in for an endpoint's metrics, of the load balancer in front; times are in seconds."""
_STATES = {"COMPLETED": "InService", "IN_PROGRESS": "Updating", "FAILED": "Failed"}


def service_status(account: Account, key: str) -> EndpointStatus:
    """State of the service and its tasks, and the range it scales in. Raises botocore's errors."""
    from botocore.exceptions import ClientError

    name = service_name(account.naming, key)
    try:
        found = account.client("ecs").describe_services(cluster=name, services=[name])["services"]
    except ClientError as error:
        if error_code(error) != "ClusterNotFoundException":
            raise
        found = []
    service = next((item for item in found if item["status"] == "ACTIVE"), None)
    if service is None:
        return EndpointStatus(key, name, HOSTING, MISSING)
    newest = service["deployments"][0]
    least, most = _range(account, name)
    revision = str(service["taskDefinition"]).rpartition(":")[2]
    tasks = Variant("service", 100.0, service["desiredCount"], service["runningCount"], f"revision {revision}", minimum=least, maximum=most)
    state = _STATES.get(newest.get("rolloutState", ""), "Updating")
    reason = newest.get("rolloutStateReason", "") if state != "InService" else ""
    return EndpointStatus(key, name, HOSTING, state, reason, (tasks,), load_balancer=_load_balancer(account, service))


def _load_balancer(account: Account, service: dict[str, Any]) -> str:
    """The dimension LoadBalancer of what stands in front of the service; empty when nothing does."""
    groups = [item["targetGroupArn"] for item in service.get("loadBalancers", ())]
    if not groups:
        return ""
    arns = account.client("elbv2").describe_target_groups(TargetGroupArns=groups)["TargetGroups"][0]["LoadBalancerArns"]
    return str(arns[0]).partition(":loadbalancer/")[2] if arns else ""


def _range(account: Account, name: str) -> tuple[int | None, int | None]:
    scaling = account.client("application-autoscaling")
    found = scaling.describe_scalable_targets(ServiceNamespace="ecs", ResourceIds=[f"service/{name}/{name}"])["ScalableTargets"]
    return (found[0]["MinCapacity"], found[0]["MaxCapacity"]) if found else (None, None)
