"""The execution log of an API."""

from __future__ import annotations

from collections.abc import Iterator

from policies.apis import is_literal_off, log_group_problems
from policies.estate import Estate, Resource
from policies.rule import Rule, Verdict, verdict


def _check(method_settings: Resource, estate: Estate) -> Verdict:
    return verdict(_problems(method_settings, estate))


def _problems(resource: Resource, estate: Estate) -> Iterator[str]:
    api = estate.text(resource.get("rest_api_id"), resource.document)
    stage = estate.text(resource.get("stage_name"), resource.document)
    for settings in resource.blocks("settings"):
        if not is_literal_off(settings.get("data_trace_enabled", False)):
            yield f"data_trace_enabled is {settings.get('data_trace_enabled')!r}: whole requests and answers would stand in the log"
        if settings.get("logging_level", "OFF") != "OFF":
            yield from log_group_problems(f"API-Gateway-Execution-Logs_{api}/{stage}", estate)


RULE = Rule(
    id="CKV_SLIPWAY_73",
    title="Ensure an API's execution log holds no payloads and has a log group with retention and a key beforehand",
    why="API Gateway makes the missing group itself: unencrypted, and kept for ever.",
    fix="data_trace_enabled: false, and aws_cloudwatch_log_group API-Gateway-Execution-Logs_<id>/<stage>",
    applies_to=("aws_api_gateway_method_settings",),
    check=_check,
)
