"""How long a function behind an API may run."""

from __future__ import annotations

from policies.estate import Estate, Resource
from policies.rule import NOT_APPLICABLE, PASS, Rule, Verdict, unknown, verdict

_SECONDS = 29


def _check(function: Resource, estate: Estate) -> Verdict:
    name = estate.text(function.get("function_name"), function.document)
    callers = [p for p in estate.resources("aws_lambda_permission") if estate.text(p.get("function_name"), p.document) == name]
    if not any(permission.get("principal") == "apigateway.amazonaws.com" for permission in callers):
        return NOT_APPLICABLE
    timeout = function.get("timeout")
    if timeout is None:
        return PASS  # Lambda's default: 3 seconds
    if not isinstance(timeout, int):
        return unknown(f"timeout is {timeout}")
    return verdict([f"timeout is {timeout} s, API Gateway waits {_SECONDS}"] if timeout > _SECONDS else [])


RULE = Rule(
    id="CKV_SLIPWAY_75",
    title="Ensure a function behind an API ends before API Gateway stops waiting",
    why="After 29 seconds the caller is answered 504, while the function and the endpoint go on working, and being paid for, unseen.",
    fix="timeout of 29 seconds or less; longer work belongs to an asynchronous endpoint",
    applies_to=("aws_lambda_function",),
    check=_check,
    severity="medium",
)
