"""The access log of an API."""

from __future__ import annotations

import re
from collections.abc import Iterator

from policies.apis import log_group_problems
from policies.estate import Estate, Resource, is_reference
from policies.rule import Rule, Verdict, fail, verdict

_PAYLOAD = re.compile(
    r"\$(input\b[\w.()$'\"]*|util\b[\w.]*|context\.(request|response)Override[\w.]*|context\.authorizer\.claims[\w.]*"
    r"|context\.error\.validationErrorString|context\.integration(\.error|ErrorMessage)|context\.identity\.apiKey\b|method\.request[\w.]*)"
)
"""Variables that hold a body, a header, a token or a key, or quote one."""


def _check(stage: Resource, estate: Estate) -> Verdict:
    settings = stage.blocks("access_log_settings")
    if not settings:
        return fail("no access_log_settings")
    return verdict(problem for one in settings for problem in _problems(one.get("format"), one.get("destination_arn"), stage, estate))


def _problems(form: object, destination: object, stage: Resource, estate: Estate) -> Iterator[str]:
    if not isinstance(form, str) or not form:
        yield "no format"
    else:
        yield from (f"the format holds {found.group(0)}" for found in _PAYLOAD.finditer(form))
        if "$context.requestId" not in form and "$context.extendedRequestId" not in form:
            yield "the format has no request id"
    groups = [g for g in estate.resources("aws_cloudwatch_log_group") if estate.points_at(destination, stage.document, g)]
    if groups:
        yield from log_group_problems(estate.text(groups[0].get("name"), groups[0].document), estate)
    elif is_reference(destination) and "firehose" not in str(destination):
        yield f"destination_arn {destination} is no log group of the environment"


RULE = Rule(
    id="CKV_SLIPWAY_72",
    title="Ensure an API keeps an access log with request ids and without payloads, in a log group with retention and a key",
    why="CKV_AWS_76 is content with any log. One that quotes bodies, tokens or keys is a second copy of the data with its own readers.",
    fix="the format that the module writes; variables of $context only, but for overrides, claims, apiKey and validationErrorString",
    applies_to=("aws_api_gateway_stage",),
    check=_check,
)
