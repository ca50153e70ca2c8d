"""Delivery to targets of rules and schedules: handed over in the background, tried again, and to the dead-letter queue in the end."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from slipway.localaws import background, inside
from slipway.localaws.clock import real_seconds
from slipway.localaws.cloudwatch import metrics
from slipway.localaws.events.targets import TARGETS, Undeliverable
from slipway.localaws.runtime import workers

LOG = logging.getLogger("slipway.localaws")
RETRIES, AGE_SECONDS = 185, 86_400
"""AWS's defaults of a retry policy."""
FIRST_SECONDS, LONGEST_SECONDS = 1.0, 300.0
"""Seconds of AWS's time before the second attempt; doubled each time, up to the longest. AWS tells no numbers."""
_TRANSIENT = ("Throttl", "TooManyRequests", "ServiceUnavailable", "Internal", "LimitExceeded")


@dataclass(frozen=True)
class Sender:
    """A rule or a schedule, and where it counts: CloudWatch's names of attempts, failures and dead letters."""

    account: str
    region: str
    arn: str
    namespace: str
    dimensions: Mapping[str, str]
    attempted: str
    failed: str
    dead_lettered: str

    def count(self, metric: str) -> None:
        """One more."""
        metrics.emit_all(self.account, self.region, self.namespace, self.dimensions, [(metric, 1.0, "Count")])


@dataclass(frozen=True)
class Delivery:
    """One payload for one target. `accepted` in seconds since 1970."""

    sender: Sender
    target: Mapping[str, Any]
    payload: str
    accepted: float = field(default_factory=time.time)
    attempts: int = 0


_lock = threading.Lock()
_epoch = 0


def send(delivery: Delivery, wait: float = 0.0) -> None:
    """Deliver in the background, after `wait` seconds of AWS's time."""
    if wait:
        _later(delivery, _epoch, real_seconds(wait))
    else:
        workers.start(_attempt, delivery, _epoch)


def forget() -> None:
    """Drop every attempt that has not begun."""
    global _epoch
    with _lock:
        _epoch += 1


def _attempt(delivery: Delivery, epoch: int) -> None:
    if epoch != _epoch:
        return
    sender, tried = delivery.sender, replace(delivery, attempts=delivery.attempts + 1)
    sender.count(sender.attempted)
    try:
        hand_over(delivery)
        background.wake()
    except (Undeliverable, ClientError) as problem:
        code = problem.code if isinstance(problem, Undeliverable) else problem.response["Error"]["Code"]
        if isinstance(problem, ClientError) and (_is_transient(code)):
            _again(tried, code, str(problem), epoch)
        else:
            _give_up(tried, code, str(problem), "")
    except (BotoCoreError, OSError) as problem:
        _again(tried, type(problem).__name__, str(problem), epoch)


def hand_over(delivery: Delivery) -> None:
    """Call the target's handler. Raises Undeliverable, ClientError."""
    arn = str(delivery.target["Arn"])
    _, _, service, region, account, *_rest = [*arn.split(":"), "", "", "", "", ""]
    if arn.startswith("arn:aws:scheduler:::aws-sdk:"):
        service = "aws-sdk"
    handler = TARGETS.get(service)
    if handler is None:
        raise Undeliverable("NO_RESOURCE", f"the local AWS delivers nothing to {arn}")
    target = {**delivery.target, "SourceArn": delivery.sender.arn}
    handler(account or delivery.sender.account, region or delivery.sender.region, arn, delivery.payload, target)


def _is_transient(code: str) -> bool:
    return any(word in code for word in _TRANSIENT)


def _again(delivery: Delivery, code: str, message: str, epoch: int) -> None:
    policy = delivery.target.get("RetryPolicy") or {}
    wait = real_seconds(min(LONGEST_SECONDS, FIRST_SECONDS * 2 ** (delivery.attempts - 1)))
    age = time.time() + wait - delivery.accepted
    if delivery.attempts > int(policy.get("MaximumRetryAttempts", RETRIES)):
        _give_up(delivery, code, message, "MaximumRetryAttempts")
    elif age > real_seconds(float(policy.get("MaximumEventAgeInSeconds", AGE_SECONDS))):
        _give_up(delivery, code, message, "MaximumEventAgeInSeconds")
    else:
        _later(delivery, epoch, wait)


def _later(delivery: Delivery, epoch: int, seconds: float) -> None:
    timer = threading.Timer(seconds, _attempt, args=(delivery, epoch))
    timer.daemon = True
    timer.start()


def _give_up(delivery: Delivery, code: str, message: str, condition: str) -> None:
    """Count the failure, and send the payload to the dead-letter queue when there is one."""
    sender = delivery.sender
    LOG.warning("%s does not reach %s: %s %s", sender.arn, delivery.target["Arn"], code, message)
    sender.count(sender.failed)
    queue = (delivery.target.get("DeadLetterConfig") or {}).get("Arn", "")
    if not queue:
        return
    told = {"RULE_ARN": sender.arn, "TARGET_ARN": str(delivery.target["Arn"]), "ERROR_CODE": code, "ERROR_MESSAGE": message[:1024]}
    told |= {"RETRY_ATTEMPTS": str(delivery.attempts - 1), "EXHAUSTED_RETRY_CONDITION": condition}
    attributes = {name: {"DataType": "String", "StringValue": value} for name, value in told.items() if value}
    region, account, name = queue.split(":")[3:6]
    client = inside.client(account, region, "sqs")
    url = client.get_queue_url(QueueName=name)["QueueUrl"]
    client.send_message(QueueUrl=url, MessageBody=delivery.payload, MessageAttributes=attributes)
    sender.count(sender.dead_lettered)
