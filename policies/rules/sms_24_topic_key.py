"""The key of a topic."""

from __future__ import annotations

from policies.estate import Estate, Resource
from policies.rule import PASS, Rule, Verdict, fail


def _check(topic: Resource, _: Estate) -> Verdict:
    key = topic.get("kms_master_key_id")
    return fail(f"kms_master_key_id is {key!r}") if not key or str(key).endswith("alias/aws/sns") else PASS


RULE = Rule(
    id="CKV_SLIPWAY_24",
    title="Ensure a topic is encrypted with a customer key",
    why="CKV_AWS_26 accepts alias/aws/sns, a key that neither CloudWatch alarms nor SageMaker may use: their messages are lost.",
    fix="kms_master_key_id: a key whose policy lets the publishing service use it",
    applies_to=("aws_sns_topic",),
    check=_check,
    alone=True,
)
