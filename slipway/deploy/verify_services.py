"""After an apply: each ECS service runs the task definition that was planned.

Terraform waits for a steady state. A service whose deployment was rolled back is in one, and so is one whose alarms ECS still watches.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from typing import Any

from slipway.deploy.explain import ROLLED_BACK
from slipway.deploy.live import resolve
from slipway.deploy.target import Target
from slipway.errors import SlipwayError

LONGEST_SECONDS = 1800
"""Alarms look back 900 s at most (modules/fargate_endpoint); the rest is for tasks that come up slowly."""
POLL_SECONDS = 2.0
_FIX = "Read the service's log group, correct the model or the container, and deploy again."


def verify_services(target: Target, stack: str) -> None:
    """Each service of the stack has completed the deployment of its family's newest revision.

    Waits while ECS watches the alarms of a deployment, half an hour at most. SlipwayError with ECS's own words when one was rolled back.
    """
    planned = list(_planned(target, stack))
    if not planned:
        return
    ecs = target.client("ecs")
    target.reporter.step(stack, "verify services")
    problems = []
    for name in planned:
        newest = ecs.list_task_definitions(familyPrefix=name, status="ACTIVE", sort="DESC", maxResults=1)["taskDefinitionArns"]
        problems += _problems(_settled(target, stack, ecs, name, newest), newest)
    if problems:
        raise SlipwayError("; ".join(problems), fix=_FIX)
    target.reporter.info(stack, f"{len(planned)} service{'s' if len(planned) > 1 else ''} running as planned")


def _settled(target: Target, stack: str, ecs: Any, name: str, newest: list[str]) -> dict[str, Any]:
    """The service, when the newest revision's deployment is over, or was replaced."""
    ends = time.monotonic() + LONGEST_SECONDS
    try:
        while True:
            service: dict[str, Any] = ecs.describe_services(cluster=name, services=[name])["services"][0]
            if _rollout(service) != "IN_PROGRESS" or service["taskDefinition"] not in newest or time.monotonic() > ends:
                return service
            target.reporter.waiting(stack, f"ECS watches the deployment of {name}")
            time.sleep(POLL_SECONDS)
    finally:
        target.reporter.waiting(stack, "")


def _rollout(service: dict[str, Any]) -> str:
    return str(service["deployments"][0].get("rolloutState", "COMPLETED"))


def _planned(target: Target, stack: str) -> Iterator[str]:
    """Services by name. Cluster and family are called like the service (modules/fargate_endpoint)."""
    document = json.loads((target.folder(stack) / "cdk.tf.json").read_text(encoding="utf-8"))
    for service in document.get("resource", {}).get("aws_ecs_service", {}).values():
        name = resolve(document, service.get("name", ""))
        if name and "${" not in name:
            yield name


def _problems(service: dict[str, Any], newest: list[str]) -> list[str]:
    name, actual = service["serviceName"], service["taskDefinition"]
    rollout = _rollout(service)
    reason = next((f": {event['message']}" for event in service.get("events", ()) if "deployment failed" in event["message"]), "")
    if newest and actual != newest[0]:
        runs, wanted = (arn.rpartition("/")[2] for arn in (actual, newest[0]))
        return [f"service {name} runs {runs} instead of {wanted}. {ROLLED_BACK}{reason}"]
    return [f"service {name}: its deployment is {rollout}{reason}"] if rollout != "COMPLETED" else []
