"""The log group of an endpoint."""

from __future__ import annotations

from policies.estate import Estate, Resource
from policies.rule import Rule, Verdict, fail, verdict

_PREFIX = "/aws/sagemaker/Endpoints/"


def _check(endpoint: Resource, estate: Estate) -> Verdict:
    wanted = _PREFIX + estate.text(f"${{{endpoint.address}.name}}", endpoint.document)
    groups = [g for g in estate.resources("aws_cloudwatch_log_group") if estate.text(g.get("name"), g.document) == wanted]
    if not groups:
        return fail(f"no log group {wanted}")
    problems = [f"{groups[0].address} has no {name}" for name in ("retention_in_days", "kms_key_id") if not groups[0].get(name)]
    return verdict(problems)


RULE = Rule(
    id="CKV_SLIPWAY_22",
    title="Ensure an endpoint's log group exists before it does, with retention and a key",
    why="SageMaker creates the missing group itself: unencrypted, and kept for ever.",
    fix="aws_cloudwatch_log_group /aws/sagemaker/Endpoints/<name> with retention_in_days and kms_key_id",
    applies_to=("aws_sagemaker_endpoint",),
    check=_check,
)
