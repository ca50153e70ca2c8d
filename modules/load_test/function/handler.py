"""Lambda's entry: a start message from SNS starts the testers, and each tester is an invocation of the same function.

One message starts any number of clients: the first invocation invokes this function once for each client (asynchronously) and ends.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config

from modules.load_test.function.message import BadMessage, Start, read, run_of, task
from modules.load_test.function.publisher import Publisher
from modules.load_test.function.settings import Settings, load_cases, load_settings
from modules.load_test.function.targets import open_target
from modules.load_test.function.tester import LoadClient, Outcome
from modules.load_test.metrics import Tally

ROOT = Path(__file__).resolve().parents[3]
"""Where the package is unpacked: settings.json and cases.json lie beside the code."""
FINISH_SECONDS = 12.0
"""Kept free at the end for the last requests to go out, and for publishing the last metrics."""


def handler(event: Mapping[str, Any], context: Any) -> dict[str, Any]:
    """SNS event or tester's task in; a summary out. Raises BadMessage for a message that starts nothing."""
    settings = load_settings(ROOT)
    if "Records" in event:
        return {"runs": [_start(settings, record["Sns"]["Message"], context) for record in event["Records"]]}
    return _test(settings, *task(event), context)


def _start(settings: Settings, message: str, context: Any) -> str:
    try:
        start = read(message, settings.limits)
    except BadMessage as error:
        log("refused", run=run_of(message), error=str(error))
        raise
    client = boto3.client("lambda", region_name=settings.region, config=Config(retries={"total_max_attempts": 3, "mode": "standard"}))
    for number in range(start.clients):
        payload = json.dumps(start.task(number)).encode()
        client.invoke(FunctionName=context.invoked_function_arn, InvocationType="Event", Payload=payload)
    log("started", run=start.run, clients=start.clients, start_at=start.start_at)
    return start.run


def _test(settings: Settings, start: Start, client: int, context: Any) -> dict[str, Any]:
    """Run one client. The last answers and metrics must be in before Lambda's time is up."""
    reserve = settings.request_timeout_in_seconds + FINISH_SECONDS
    stop_at = time.time() + context.get_remaining_time_in_millis() / 1000 - reserve
    cases = load_cases(ROOT)
    target = open_target(settings)
    try:
        with Publisher(settings, log) as publisher:
            tester = LoadClient(start, client, cases, target, publisher, settings.max_concurrent_requests, log)
            outcome = tester.run(stop_at)
    finally:
        target.close()
    summary = _summary(start, client, outcome, publisher)
    log("finished", **summary)
    return {key: value for key, value in summary.items() if key != "times"}


def _summary(start: Start, client: int, outcome: Outcome, publisher: Publisher) -> dict[str, Any]:
    together = Tally()
    for tally in publisher.total.values():
        together.merge(tally)
    return {
        "run": start.run,
        "client": client,
        "planned": outcome.planned,
        "sent": outcome.sent,
        "partial": outcome.partial,
        "late_seconds": round(outcome.late_seconds, 3),
        "unpublished": publisher.unpublished,
        "cases": {name: {"requests": tally.requests, **tally.counts()} for name, tally in sorted(publisher.total.items())},
        "times": {f"{value:g}": count for value, count in sorted(together.times.items())},
    }


def log(what: str, **fields: Any) -> None:
    """One line of JSON in the function's log. Never requests or answers."""
    sys.stdout.write(json.dumps({"event": what, **fields}, sort_keys=True) + "\n")
    sys.stdout.flush()
