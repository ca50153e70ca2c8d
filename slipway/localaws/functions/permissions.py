"""Resource policies of functions: which service may invoke one, for which source."""

from __future__ import annotations

from collections.abc import Mapping
from fnmatch import fnmatchcase
from typing import Any

from slipway.localaws.functions.definition import Function


def allows(function: Function, service: str, source_arn: str) -> bool:
    """Whether a statement lets `service` invoke the function (the qualifier it is asked by) for the ARN `source_arn`."""
    return any(_matches(statement, function, service, source_arn) for statement in function.policy)


def _matches(statement: Mapping[str, Any], function: Function, service: str, source_arn: str) -> bool:
    principal = statement.get("Principal")
    named = principal.get("Service", "") if isinstance(principal, dict) else principal
    if statement.get("Effect") != "Allow" or named not in (service, "*"):
        return False
    if statement.get("Action") not in ("lambda:InvokeFunction", "lambda:*"):
        return False
    resource = str(statement.get("Resource", ""))
    if resource.partition(":function:")[2] != function.arn.partition(":function:")[2]:
        return False
    conditions = statement.get("Condition") or {}
    for operator, members in conditions.items():
        for key, wanted in members.items():
            given = source_arn if key.lower() == "aws:sourcearn" else source_arn.split(":")[4] if key.lower() == "aws:sourceaccount" else ""
            if not _holds(operator, given, str(wanted)):
                return False
    return True


def _holds(operator: str, given: str, wanted: str) -> bool:
    if operator in ("ArnLike", "StringLike", "ArnEquals"):
        return fnmatchcase(given, wanted)
    return given == wanted
