"""SNS: subscriptions that wait for a confirmation, and messages that reach functions and listeners on this machine."""

from __future__ import annotations

import json
import logging
import time
import urllib.error
import urllib.request
import uuid
from typing import Any
from urllib.parse import quote, urlsplit

from moto.core.responses import ActionResult
from moto.moto_api._internal import mock_random
from moto.sns.exceptions import SNSInvalidParameter
from moto.sns.models import SNSBackend, Subscription
from moto.sns.responses import SNSResponse

from slipway.localaws.functions import asynchronous, permissions, settings
from slipway.localaws.functions.definition import UnknownFunction, find
from slipway.localaws.patches import wraps
from slipway.localaws.runtime import workers

LOG = logging.getLogger("slipway.localaws")
_CONFIRMED_BY_THEIR_OWNER = ("email", "email-json", "http", "https")
"""Protocols whose subscriber must confirm (API: Subscribe)."""
_THIS_MACHINE = ("127.0.0.1", "localhost", "::1")
_SECONDS = 5.0
_opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))


@wraps(SNSBackend, "subscribe", "moto confirms every subscription at once")
def subscribe(original: Any, self: Any, topic_arn: str, endpoint: str, protocol: str) -> Any:
    """Pending until ConfirmSubscription, for e-mail and HTTP; a listener is sent the token."""
    known = set(self.subscriptions)
    subscription = original(self, topic_arn, endpoint, protocol)
    if protocol in _CONFIRMED_BY_THEIR_OWNER and subscription.arn not in known:
        subscription.slipway_token = mock_random.get_random_hex(64)
        subscription.attributes |= {"PendingConfirmation": True, "ConfirmationWasAuthenticated": False}
        if protocol.startswith("http") and settings.url():  # no address yet: a journal is replayed, and it asked before
            workers.start(_post, endpoint, _confirmation(subscription))
    return subscription


@wraps(SNSResponse, "subscribe", "moto tells the ARN of a subscription that is not confirmed")
def answer_subscribe(original: Any, self: Any) -> ActionResult:
    """`pending confirmation` in its place, unless ReturnSubscriptionArn asks for it, as Terraform does."""
    answer: ActionResult = original(self)
    arn = answer.result["SubscriptionArn"]
    if is_pending(self.backend.subscriptions[arn]) and not self._get_bool_param("ReturnSubscriptionArn", False):
        return ActionResult({"SubscriptionArn": "pending confirmation"})
    return answer


@wraps(SNSResponse, "confirm_subscription", "moto confirms whatever it is asked, and changes nothing")
def confirm_subscription(_original: Any, self: Any) -> ActionResult:
    """Confirm the subscription that the token belongs to."""
    topic, token = self._get_param("TopicArn"), self._get_param("Token")
    for subscription in self.backend.subscriptions.values():
        if subscription.topic.arn == topic and token and getattr(subscription, "slipway_token", "") == token:
            subscription.attributes |= {"PendingConfirmation": False}
            return ActionResult({"SubscriptionArn": subscription.arn})
    raise SNSInvalidParameter("Invalid parameter: Token")


def is_pending(subscription: Any) -> bool:
    """Whether it waits for its owner's confirmation."""
    return bool(subscription.attributes.get("PendingConfirmation"))


@wraps(Subscription, "publish", "moto delivers while it holds the lock, to functions an invented event, and before the confirmation")
def publish(original: Any, self: Any, message: str, message_id: str, *args: Any, **kwargs: Any) -> None:
    """Hand the message on in the background: to functions, and to listeners on this machine that have confirmed. E-mail goes nowhere."""
    if self.protocol not in ("lambda", *_CONFIRMED_BY_THEIR_OWNER):
        original(self, message, message_id, *args, **kwargs)
        return
    named = dict(zip(("subject", "message_attributes"), args, strict=False)) | kwargs
    attributes, matcher = named.get("message_attributes"), self._filter_policy_matcher
    if is_pending(self) or (matcher is not None and not matcher.matches(attributes, message)):
        return
    if named.get("message_structure") == "json":
        message = self._parse_message_structure(message, self.protocol)
    told = _notification(self.topic_arn, message, message_id, named.get("subject"), attributes)
    if self.protocol == "lambda":
        parts = self.endpoint.split(":")
        workers.start(_invoke, parts[4], parts[3], self.endpoint, _event(self.arn, told), self.topic_arn)
    elif self.protocol.startswith("http"):
        workers.start(_post, self.endpoint, {**told, "UnsubscribeURL": "local"})


def _invoke(account: str, region: str, target: str, event: bytes, topic: str) -> None:
    """Invoke a function for a topic, if its policy lets SNS do so. One that does not exist, nobody hears of."""
    try:
        function = find(account, region, target)
    except UnknownFunction:
        return
    if permissions.allows(function, "sns.amazonaws.com", topic):
        asynchronous.accept(function, event)


def _post(url: str, message: dict[str, Any]) -> None:
    """Send a message to a listener. Nothing leaves this machine."""
    if urlsplit(url).hostname not in _THIS_MACHINE:
        LOG.info("not sent to %s: the local AWS reaches this machine only", url)
        return
    headers = {
        "Content-Type": "text/plain; charset=UTF-8",
        "x-amz-sns-message-type": message["Type"],
        "x-amz-sns-topic-arn": message["TopicArn"],
    }
    request = urllib.request.Request(url, json.dumps(message).encode(), headers, method="POST")  # noqa: S310
    try:
        with _opener.open(request, timeout=_SECONDS):
            return
    except (OSError, urllib.error.HTTPError) as reason:
        LOG.warning("%s did not take a message of %s: %s", url, message["TopicArn"], reason)


def _confirmation(subscription: Any) -> dict[str, Any]:
    topic, token = subscription.topic.arn, subscription.slipway_token
    url = f"{settings.url()}/_slipway/sns/confirm?TopicArn={quote(topic, safe='')}&Token={token}"
    text = (
        f"You have chosen to subscribe to the topic {topic}. To confirm the subscription, visit the SubscribeURL included in this message."
    )
    told = _notification(topic, text, str(uuid.uuid4()), None, None)
    return {**told, "Type": "SubscriptionConfirmation", "Token": token, "SubscribeURL": url}


def _notification(topic: str, message: str, message_id: str, subject: str | None, attributes: Any) -> dict[str, Any]:
    return {
        "Type": "Notification",
        "MessageId": message_id or str(uuid.uuid4()),
        "TopicArn": topic,
        "Subject": subject,
        "Message": message,
        "Timestamp": time.strftime("%Y-%m-%dT%H:%M:%S.000Z", time.gmtime()),
        "SignatureVersion": "1",
        "Signature": "local",
        "SigningCertUrl": "local",
        "UnsubscribeUrl": "local",
        "MessageAttributes": {name: {"Type": value["Type"], "Value": str(value["Value"])} for name, value in (attributes or {}).items()},
    }


def _event(subscription: str, notification: dict[str, Any]) -> bytes:
    """The event that a function gets (Lambda developer guide, "Invoking Lambda functions with Amazon SNS notifications")."""
    record = {"EventSource": "aws:sns", "EventVersion": "1.0", "EventSubscriptionArn": subscription, "Sns": notification}
    return json.dumps({"Records": [record]}).encode()
