"""What stands before an API that asks nobody for credentials."""

from __future__ import annotations

from policies.apis import is_open, same_api
from policies.estate import Estate, Resource
from policies.rule import NOT_APPLICABLE, PASS, Rule, Verdict, fail


def _check(stage: Resource, estate: Estate) -> Verdict:
    if not any(is_open(method) and same_api(method, stage, estate) for method in estate.resources("aws_api_gateway_method")):
        return NOT_APPLICABLE
    guarded = any(
        estate.points_at(association.get("resource_arn"), association.document, stage)
        for association in estate.resources("aws_wafv2_web_acl_association")
    )
    return PASS if guarded else fail("methods are open to anybody, and no web ACL limits them")


RULE = Rule(
    id="CKV_SLIPWAY_76",
    title="Ensure an API that is open to anybody has a web ACL",
    why="Every request costs an inference. With nothing to tell callers apart, a limit for each address is the least. "
    "CKV2_AWS_29 asks for a web ACL of every API, also where unsigned requests never get in.",
    fix="waf: {} in the environment's api, or an authorization",
    applies_to=("aws_api_gateway_stage",),
    check=_check,
)
