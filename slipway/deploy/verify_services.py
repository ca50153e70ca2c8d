"""After an apply: each ECS service runs the task definition that was planned.

Terraform waits for a steady state, and a service whose circuit breaker has rolled the deployment back is in one.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from slipway.deploy.explain import ROLLED_BACK
from slipway.deploy.live import resolve
from slipway.deploy.target import Target
from slipway.errors import SlipwayError

_FIX = "Read the service's log group, correct the model or the container, and deploy again."


def verify_services(target: Target, stack: str) -> None:
    """Each service of the stack runs its family's newest revision. SlipwayError with ECS's own words when one was rolled back."""
    planned = list(_planned(target, stack))
    if not planned:
        return
    ecs = target.client("ecs")
    target.reporter.step(stack, "verify services")
    problems = []
    for name in planned:
        (service,) = ecs.describe_services(cluster=name, services=[name])["services"]
        newest = ecs.list_task_definitions(familyPrefix=name, status="ACTIVE", sort="DESC", maxResults=1)["taskDefinitionArns"]
        problems += _problems(service, newest)
    if problems:
        raise SlipwayError("; ".join(problems), fix=_FIX)
    target.reporter.info(stack, f"{len(planned)} service{'s' if len(planned) > 1 else ''} running as planned")


def _planned(target: Target, stack: str) -> Iterator[str]:
    """Services by name. Cluster and family are called like the service (modules/fargate_endpoint)."""
    document = json.loads((target.folder(stack) / "cdk.tf.json").read_text(encoding="utf-8"))
    for service in document.get("resource", {}).get("aws_ecs_service", {}).values():
        name = resolve(document, service.get("name", ""))
        if name and "${" not in name:
            yield name


def _problems(service: dict[str, Any], newest: list[str]) -> list[str]:
    name, actual = service["serviceName"], service["taskDefinition"]
    rollout = service["deployments"][0].get("rolloutState", "COMPLETED")
    reason = next((f": {event['message']}" for event in service.get("events", ()) if "deployment failed" in event["message"]), "")
    if newest and actual != newest[0]:
        runs, wanted = (arn.rpartition("/")[2] for arn in (actual, newest[0]))
        return [f"service {name} runs {runs} instead of {wanted}. {ROLLED_BACK}{reason}"]
    return [f"service {name}: its deployment is {rollout}{reason}"] if rollout == "FAILED" else []
