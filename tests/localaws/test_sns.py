"""Subscriptions that wait for their owner, and listeners that get messages."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError
from moto.sns.models import sns_backends

from tests.localaws.functions.lab import until
from tests.localaws.inbox import Inbox


@pytest.fixture
def inbox() -> Iterator[Inbox]:
    box = Inbox()
    yield box
    box.close()


def test_a_listener_confirms_by_the_address_it_is_sent(client: Callable[..., Any], inbox: Inbox) -> None:
    sns = client("sns")
    topic = sns.create_topic(Name="t")["TopicArn"]
    arn = sns.subscribe(TopicArn=topic, Protocol="http", Endpoint=inbox.url, ReturnSubscriptionArn=True)["SubscriptionArn"]
    assert sns.get_subscription_attributes(SubscriptionArn=arn)["Attributes"]["PendingConfirmation"] == "true"
    sns.publish(TopicArn=topic, Message="lost")
    with pytest.raises(ClientError, match="Token"):
        sns.confirm_subscription(TopicArn=topic, Token="wrong")
    assert until(lambda: inbox.asked)[0]["TopicArn"] == topic
    assert arn in inbox.confirm()
    assert sns.get_subscription_attributes(SubscriptionArn=arn)["Attributes"]["PendingConfirmation"] == "false"
    sns.publish(TopicArn=topic, Subject="s", Message="found")
    told = until(lambda: inbox.messages)
    assert [(one["Type"], one["Message"], one["Subject"]) for one in told] == [("Notification", "found", "s")]


@pytest.mark.parametrize(("protocol", "endpoint"), [("email", "ops@example.com"), ("https", "https://oncall.example.com/sns")])
def test_what_nobody_confirms_stays_pending(client: Callable[..., Any], protocol: str, endpoint: str) -> None:
    sns = client("sns")
    topic = sns.create_topic(Name="t")["TopicArn"]
    assert sns.subscribe(TopicArn=topic, Protocol=protocol, Endpoint=endpoint)["SubscriptionArn"] == "pending confirmation"
    assert sns.publish(TopicArn=topic, Message="lost")["MessageId"]
    (subscription,) = sns_backends["111111111111"]["eu-west-1"].subscriptions.values()
    arn = sns.confirm_subscription(TopicArn=topic, Token=subscription.slipway_token)["SubscriptionArn"]
    assert sns.get_subscription_attributes(SubscriptionArn=arn)["Attributes"]["PendingConfirmation"] == "false"
