"""One topic for each severity, whatever there is to tell; every option reaches the Terraform JSON."""

from __future__ import annotations

import json
from typing import Any

import pytest

from modules._shared.naming import Naming
from modules.notifications import example
from modules.notifications.spec import SEVERITIES, NotificationsSpec, TopicSpec
from tests.modules.policy_documents import assert_exact_actions, assert_no_open_principal, statements
from tests.modules.support import all_options, messages, resource, resources, synth, untested

NAMING = Naming("slipway", "test", "111111111111", "eu-west-1")
KEY = "arn:aws:kms:eu-west-1:111111111111:key/1"
OPTIONS: dict[str, Any] = {
    "critical": {
        "email": ["now@example.com"],
        "https": [{"endpoint": "https://oncall.example.com/sns", "endpoint_auto_confirms": True, "raw_message_delivery": True}],
    },
    "warning": {"email": ["later@example.com", "also@example.com"]},
}
COVERED = [
    *("NotificationsSpec.critical", "NotificationsSpec.warning", "TopicSpec.email", "TopicSpec.https"),
    *(f"HttpsSubscription.{name}" for name in ("endpoint", "endpoint_auto_confirms", "raw_message_delivery")),
]


def build(stack: Any, options: dict[str, Any]) -> Any:
    from modules.notifications.construct import Notifications, NotificationsRefs

    return Notifications(stack, "n", naming=NAMING, spec=NotificationsSpec.model_validate(options), refs=NotificationsRefs(KEY))


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    return synth(lambda stack: build(stack, OPTIONS))


def test_every_option_is_covered() -> None:
    assert untested(all_options(NotificationsSpec), COVERED) == []


def test_two_topics_with_a_customer_key(document: dict[str, Any]) -> None:
    topics = {body["name"]: body["kms_master_key_id"] for body in resources(document, "aws_sns_topic")}
    assert topics == {f"slipway-test-alarms-{severity}": KEY for severity in SEVERITIES}


def test_who_is_subscribed(document: dict[str, Any]) -> None:
    found = [
        (body["//"]["metadata"]["path"].split("/")[-1].split("_")[0], body["protocol"], body["endpoint"])
        for body in resources(document, "aws_sns_topic_subscription")
    ]
    assert sorted(found) == [
        ("critical", "email", "now@example.com"),
        ("critical", "https", "https://oncall.example.com/sns"),
        ("warning", "email", "also@example.com"),
        ("warning", "email", "later@example.com"),
    ]
    https = resource(document, "aws_sns_topic_subscription", "n/critical_https")
    assert https["endpoint_auto_confirms"] is True and https["raw_message_delivery"] is True


def test_only_alarms_of_this_account_publish_and_only_with_tls(document: dict[str, Any]) -> None:
    for severity in SEVERITIES:
        body = resource(document, "aws_sns_topic_policy", f"n/{severity}_policy")
        found = statements(body["policy"])
        assert set(found) == {"AlarmsPublish", "TlsOnly"}
        assert_exact_actions(found.values())
        assert_no_open_principal(found.values())
        allow, deny = found["AlarmsPublish"], found["TlsOnly"]
        assert allow["Principal"] == {"Service": "cloudwatch.amazonaws.com"} and allow["Action"] == "sns:Publish"
        assert allow["Condition"]["StringEquals"] == {"aws:SourceAccount": "111111111111"}
        assert deny["Condition"] == {"Bool": {"aws:SecureTransport": "false"}} and deny["Principal"] == "*"
        assert allow["Resource"] == deny["Resource"] == f"arn:aws:sns:eu-west-1:111111111111:slipway-test-alarms-{severity}"


def test_taking_an_address_away_leaves_the_others_alone(document: dict[str, Any]) -> None:
    """Their logical ids come from the address: nobody has to confirm again because the list moved."""
    fewer = {**OPTIONS, "warning": {"email": ["also@example.com"]}}
    kind = "aws_sns_topic_subscription"
    after = synth(lambda stack: build(stack, fewer))["resource"][kind]
    assert set(after) < set(document["resource"][kind]) and len(after) == 3


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"email": ["nobody"]}, "email.0"),
        ({"https": [{"endpoint": "http://oncall.example.com"}]}, "https.0.endpoint"),
        ({"email": ["a@example.com", "A@example.com"]}, "a@example.com is subscribed twice"),
        ({"sms": ["+4912345"]}, "sms"),
    ],
)
def test_what_is_refused(options: dict[str, Any], text: str) -> None:
    (message,) = messages(TopicSpec, options)
    assert text in message


def test_example() -> None:
    document = synth(example.build)
    assert len(resources(document, "aws_sns_topic_subscription")) == 3
    arns = [json.dumps(document["output"][f"topic_{severity}_arn"]["value"]) for severity in SEVERITIES]
    assert all("aws_sns_topic_policy" in arn for arn in arns), "whoever tells a topic waits for its policy"
