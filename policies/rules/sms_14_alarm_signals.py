"""What a rollback alarm does without data, and whom it tells."""

from __future__ import annotations

from policies.alarms import COMPOSITE, METRIC, composites_over, rolls_back, topic_of
from policies.estate import Estate, Resource
from policies.rule import NOT_APPLICABLE, Rule, Verdict, verdict

_CHOICES = ("missing", "ignore", "breaching", "notBreaching")


def _check(alarm: Resource, estate: Estate) -> Verdict:
    if not rolls_back(alarm, estate):
        return NOT_APPLICABLE
    problems = []
    if alarm.type == METRIC and alarm.get("treat_missing_data") not in _CHOICES:
        problems.append(f"treat_missing_data is {alarm.get('treat_missing_data')!r}")
    for item in (alarm, *composites_over(alarm, estate)):
        for action in item.get("alarm_actions") or []:
            topic = topic_of(action, item, estate)
            if topic is not None and str(topic.get("kms_master_key_id") or "alias/aws/sns").endswith("alias/aws/sns"):
                problems.append(f"{topic.address} has no customer key, so CloudWatch cannot publish to it")
    return verdict(problems)


RULE = Rule(
    id="CKV_SLIPWAY_14",
    title="Ensure a rollback alarm says what missing data means and tells only topics with a customer key",
    why="An endpoint without traffic sends no data: unless that is decided, an update at night rolls back or never ends. "
    "CloudWatch cannot use the key alias/aws/sns, so such a message is lost without a word.",
    fix="treat_missing_data, and kms_master_key_id of the topic",
    applies_to=(METRIC, COMPOSITE),
    check=_check,
)
