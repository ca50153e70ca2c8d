"""The smallest real use: a mailing list for both severities, an on-call service for what cannot wait."""

from __future__ import annotations

from typing import Any

from modules._shared.naming import Naming
from modules._shared.outputs import export
from modules.notifications.construct import Notifications, NotificationsRefs
from modules.notifications.spec import HttpsSubscription, NotificationsSpec, TopicSpec

KEY = "arn:aws:kms:eu-west-1:111111111111:key/00000000-0000-0000-0000-000000000000"


def build(stack: Any) -> None:
    """Two topics and three subscriptions."""
    naming = Naming("slipway", "example", "111111111111", "eu-west-1")
    spec = NotificationsSpec(
        critical=TopicSpec(email=("ml-platform@example.com",), https=(HttpsSubscription(endpoint="https://oncall.example.com/sns"),)),
        warning=TopicSpec(email=("ml-platform@example.com",)),
    )
    topics = Notifications(stack, "notifications", naming=naming, spec=spec, refs=NotificationsRefs(kms_key_arn=KEY))
    export(stack, "topic", topics.outputs)
