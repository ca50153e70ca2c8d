"""Plain HTTP is refused."""

from __future__ import annotations

from policies.buckets import denies_plain_http, statements_on
from policies.estate import Estate, Resource
from policies.rule import PASS, Rule, Verdict, fail, unknown
from policies.statements import Unreadable

_POLICIES = {
    "aws_s3_bucket": ("aws_s3_bucket_policy", "bucket"),
    "aws_sns_topic": ("aws_sns_topic_policy", "arn"),
    "aws_sqs_queue": ("aws_sqs_queue_policy", "queue_url"),
}


def _check(resource: Resource, estate: Estate) -> Verdict:
    try:
        statements = statements_on(resource, estate, *_POLICIES[resource.type])
    except Unreadable as error:
        return unknown(str(error))
    return PASS if denies_plain_http(statements) else fail("no statement denies every action where aws:SecureTransport is false")


RULE = Rule(
    id="CKV_SLIPWAY_17",
    title="Ensure buckets, topics and queues refuse plain HTTP",
    why="Security Hub S3.5. CKV_AWS_379 looks at ACLs only and passes; YAML checks cannot read a policy document.",
    fix='a policy statement: Deny, Principal *, all actions, Bool aws:SecureTransport "false"',
    applies_to=tuple(_POLICIES),
    check=_check,
)
