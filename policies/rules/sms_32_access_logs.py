"""Access logs of buckets."""

from __future__ import annotations

from policies.buckets import is_log_target, is_state_bucket
from policies.estate import Estate, Resource
from policies.rule import NOT_APPLICABLE, PASS, Rule, Verdict, fail


def _check(bucket: Resource, estate: Estate) -> Verdict:
    if is_log_target(bucket, estate) or is_state_bucket(bucket, estate):
        return NOT_APPLICABLE
    if any(logging.get("target_bucket") for logging in estate.attached(bucket, "aws_s3_bucket_logging", "bucket")):
        return PASS
    return fail("no aws_s3_bucket_logging with a target")


RULE = Rule(
    id="CKV_SLIPWAY_32",
    title="Ensure every bucket writes access logs, except the one that takes them and the state's",
    why="Without them nobody can say who read captured requests. CKV_AWS_18 also asks it of the log bucket, whose log would log itself, "
    "and of the state bucket, which is older than any log bucket.",
    fix="aws_s3_bucket_logging with the environment's log bucket as target",
    applies_to=("aws_s3_bucket",),
    check=_check,
)
