"""What a rollback alarm does without data, and whom it tells."""

from __future__ import annotations

from policies.endpoints import rollback_alarm_names
from policies.estate import Estate, Resource, identifier
from policies.rule import NOT_APPLICABLE, Rule, Verdict, verdict

_CHOICES = ("missing", "ignore", "breaching", "notBreaching")


def _check(alarm: Resource, estate: Estate) -> Verdict:
    name = estate.text(alarm.get("alarm_name"), alarm.document)
    if not any(name in rollback_alarm_names(endpoint, estate) for endpoint in estate.resources("aws_sagemaker_endpoint")):
        return NOT_APPLICABLE
    problems = [] if alarm.get("treat_missing_data") in _CHOICES else [f"treat_missing_data is {alarm.get('treat_missing_data')!r}"]
    for action in alarm.get("alarm_actions") or []:
        topic = _topic(action, alarm, estate)
        if topic is not None and str(topic.get("kms_master_key_id") or "alias/aws/sns").endswith("alias/aws/sns"):
            problems.append(f"{topic.address} has no customer key, so CloudWatch cannot publish to it")
    return verdict(problems)


def _topic(action: str, alarm: Resource, estate: Estate) -> Resource | None:
    topics = estate.resources("aws_sns_topic")
    return next(
        (t for t in topics if (identifier(t) and estate.points_at(action, alarm.document, t)) or _same(action, alarm, t, estate)), None
    )


def _same(action: str, alarm: Resource, topic: Resource, estate: Estate) -> bool:
    return estate.text(action, alarm.document) == f"<{topic.document.stack}/{topic.address}>"


RULE = Rule(
    id="CKV_SLIPWAY_14",
    title="Ensure a rollback alarm says what missing data means and tells only topics with a customer key",
    why="An endpoint without traffic sends no data: unless that is decided, an update at night rolls back or never ends. "
    "CloudWatch cannot use the key alias/aws/sns, so such a message is lost without a word.",
    fix="treat_missing_data, and kms_master_key_id of the topic",
    applies_to=("aws_cloudwatch_metric_alarm",),
    check=_check,
)
