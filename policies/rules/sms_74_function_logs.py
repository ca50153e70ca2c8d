"""The log group of a Lambda function."""

from __future__ import annotations

from policies.apis import log_group_problems
from policies.estate import Estate, Resource, blocks
from policies.rule import Rule, Verdict, verdict


def _check(function: Resource, estate: Estate) -> Verdict:
    chosen = [block.get("log_group") for block in blocks(function.body, "logging_config") if block.get("log_group")]
    name = chosen[0] if chosen else f"/aws/lambda/{function.get('function_name')}"
    return verdict(log_group_problems(estate.text(name, function.document), estate))


RULE = Rule(
    id="CKV_SLIPWAY_74",
    title="Ensure a function's log group exists before it does, with retention and a key",
    why="Lambda makes the missing group itself: unencrypted, and kept for ever.",
    fix="aws_cloudwatch_log_group /aws/lambda/<name> with retention_in_days and kms_key_id",
    applies_to=("aws_lambda_function",),
    check=_check,
)
