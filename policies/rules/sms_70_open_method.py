"""Methods that anybody may call."""

from __future__ import annotations

from policies.apis import is_open, plans_with_keys
from policies.estate import Estate, Resource, is_reference
from policies.rule import PASS, Rule, Verdict, fail, unknown


def _check(method: Resource, estate: Estate) -> Verdict:
    if is_reference(method.get("authorization")):
        return unknown(f"authorization is {method.get('authorization')}")
    if is_open(method):
        keys = " although the API has keys" if plans_with_keys(method, estate) else ""
        return fail(f"{method.get('http_method')} asks for neither a signature, a token nor a key{keys}")
    if method.get("authorization") == "NONE" and method.get("http_method") != "OPTIONS" and not plans_with_keys(method, estate):
        return fail("a key is required, but no usage plan of the API has one")
    return PASS


RULE = Rule(
    id="CKV_SLIPWAY_70",
    title="Ensure every method of an API asks who calls, and that required keys exist",
    why="A key and a usage plan protect nothing while api_key_required is off: API Gateway then ignores both.",
    fix="authorization: { kind: aws_iam }, or api_key, or cognito; acknowledge the finding where the API is meant for everybody",
    applies_to=("aws_api_gateway_method",),
    check=_check,
)
