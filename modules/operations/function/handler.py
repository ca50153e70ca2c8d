"""Lambda's entry: requests of schedules and people, and endpoints that came into service."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config

from modules.operations.function import life
from modules.operations.function.clients import Clients
from modules.operations.function.idle import idle, message
from modules.operations.function.settings import Refused, Settings, load

ROOT = Path(__file__).resolve().parents[3]
"""Where the package is unpacked: settings.json lies beside the code."""
STATE_CHANGE = "SageMaker Endpoint State Change"
_CONFIG = Config(retries={"total_max_attempts": 5, "mode": "standard"})


def handler(event: Mapping[str, Any], _context: Any) -> dict[str, Any]:
    """`{"action": "stop" | "start" | "idle_report", "endpoints": [keys], "reason": text, "scheduled": bool}`, or EventBridge's event.

    Answers what happened to each endpoint. Raises when one could not be stopped or started: Lambda tries an event of a schedule
    again, and then tells the topic.
    """
    settings = load((ROOT / "settings.json").read_bytes())
    make: Any = boto3.client
    clients = Clients(lambda service: make(service, config=_CONFIG))
    outcome = _done(settings, clients, event)
    log("done", action=event.get("action", STATE_CHANGE), **outcome)
    return outcome


def _done(settings: Settings, clients: Clients, event: Mapping[str, Any]) -> dict[str, Any]:
    if event.get("detail-type") == STATE_CHANGE:
        return {"endpoints": life.in_service(settings, clients, str(event["detail"]["EndpointName"]))}
    action, keys = event.get("action"), event.get("endpoints")
    if action == "stop":
        return {"endpoints": life.stop(settings, clients, keys, str(event.get("reason", "asked")))}
    if action == "start":
        return {"endpoints": life.start(settings, clients, keys, scheduled=bool(event.get("scheduled")))}
    if action == "idle_report":
        return _report(settings, clients)
    raise Refused(f"action {action!r} is none of stop, start, idle_report")


def _report(settings: Settings, clients: Clients) -> dict[str, Any]:
    """Tell the topic of idle endpoints; without any, nobody is told."""
    found = idle(clients, settings.endpoints, settings.idle_days)
    if found:
        clients.sns.publish(
            TopicArn=os.environ["TOPIC_ARN"],
            Subject=f"{settings.environment}: {len(found)} idle endpoint variants"[:100],
            Message=message(settings.environment, found),
        )
    return {"idle": [one.as_dict() for one in found]}


def log(what: str, **fields: Any) -> None:
    """One line of JSON in the function's log."""
    sys.stdout.write(json.dumps({"event": what, **fields}, sort_keys=True) + "\n")
    sys.stdout.flush()
