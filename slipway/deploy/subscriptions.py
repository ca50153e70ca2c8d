"""Who is subscribed to alarms and hears nothing: a subscription by mail or HTTPS is pending until its owner confirms it."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from slipway.deploy.target import Target


@dataclass(frozen=True)
class Pending:
    """A subscription that nobody has confirmed. `topic` is its topic's name."""

    topic: str
    protocol: str
    endpoint: str

    def __str__(self) -> str:
        how = "the link in the mail that AWS sent" if self.protocol == "email" else "the SubscribeURL that AWS posted to it"
        return f"{self.endpoint} has not confirmed its subscription to {self.topic} and is told nothing: open {how}"


def pending_subscriptions(sns: Any, topic_arn: str) -> Iterator[Pending]:
    """Subscriptions of a topic that wait for their owner (API: ListSubscriptionsByTopic shows them without an ARN)."""
    for page in sns.get_paginator("list_subscriptions_by_topic").paginate(TopicArn=topic_arn):
        for item in page["Subscriptions"]:
            if _is_pending(sns, item["SubscriptionArn"]):
                yield Pending(topic_arn.rpartition(":")[2], item["Protocol"], item["Endpoint"])


def _is_pending(sns: Any, arn: str) -> bool:
    if not arn.startswith("arn:"):
        return True
    attributes = sns.get_subscription_attributes(SubscriptionArn=arn)["Attributes"]
    return str(attributes.get("PendingConfirmation", "false")) == "true"


def report_pending(target: Target, stack: str) -> None:
    """Say who still has to confirm a subscription of the stack's topics. What cannot be read is not said."""
    from botocore.exceptions import BotoCoreError, ClientError

    topics = _topics(target, stack)
    if not topics:
        return
    naming: Any = getattr(target.config, "naming", None)
    with contextlib.suppress(BotoCoreError, ClientError):
        sns = target.client("sns")
        for name in sorted(topics) if naming else ():
            for pending in pending_subscriptions(sns, naming.arn("sns", name)):
                target.reporter.info(stack, str(pending))


def _topics(target: Target, stack: str) -> set[str]:
    document = json.loads((target.folder(stack) / "cdk.tf.json").read_text(encoding="utf-8"))
    return {str(topic.get("name")) for topic in document.get("resource", {}).get("aws_sns_topic", {}).values()}
