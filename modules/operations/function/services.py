"""Stopping and starting a model on Fargate: no task runs, service and load balancer stay."""

from __future__ import annotations

from typing import Any

from modules.operations.function import scaling
from modules.operations.function.clients import Clients, moment
from modules.operations.function.records import Record, Records
from modules.operations.function.settings import Hosted


def stop(clients: Clients, records: Records, hosted: Hosted, reason: str) -> str:
    """Let no task run: what happened, in one word. Its scaling gets the bounds 0 and 0, or it would start tasks again."""
    record, service = records.get(hosted.key), _describe(clients, hosted.name)
    if service is None:
        return "missing"
    if record is not None and record.state == "stopped":
        return "stopped already"
    kept = record or Record(
        state="stopping",
        reason=reason,
        at=moment(),
        desired_count=service["desiredCount"],
        scaling=scaling.take(clients.scaling, "ecs", [f"service/{hosted.name}/{hosted.name}"]),
    )
    records.put(hosted.key, kept.now("stopping"))
    for one in kept.scaling:
        clients.scaling.register_scalable_target(**{**one["target"], "MinCapacity": 0, "MaxCapacity": 0})
    clients.ecs.update_service(cluster=hosted.name, service=hosted.name, desiredCount=0)
    records.put(hosted.key, kept.now("stopped"))
    return "stopped"


def start(clients: Clients, records: Records, hosted: Hosted) -> str:
    """Let as many tasks run as before: what happened, in one word."""
    record, service = records.get(hosted.key), _describe(clients, hosted.name)
    if service is None:
        return "missing"
    if record is None:
        return "running already"
    for one in record.scaling:
        clients.scaling.register_scalable_target(**one["target"])
    # A deploy in between has set the count itself: then the service is not at 0 any more.
    if service["desiredCount"] == 0:
        clients.ecs.update_service(cluster=hosted.name, service=hosted.name, desiredCount=max(1, record.desired_count))
    records.delete(hosted.key)
    return "started"


def _describe(clients: Clients, name: str) -> dict[str, Any] | None:
    try:
        found = clients.ecs.describe_services(cluster=name, services=[name])["services"]
    except clients.ecs.exceptions.ClusterNotFoundException:
        return None
    active = [service for service in found if service["status"] == "ACTIVE"]
    return active[0] if active else None
